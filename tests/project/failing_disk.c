/* Preloaded into a program, it makes a disk of a folder (FAIL_BELOW) as long as there is a file named FAIL_WHILE: one
 * that does not answer, where reading and writing fail with FAIL_ERRNO, or, with FAIL_LOCKS=1, one that knows no locks.
 * For the tests of what the person is told. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int fd, int locks) {
    const char *below = getenv("FAIL_BELOW"), *when = getenv("FAIL_WHILE");
    char link[64], path[4096];
    if (!below || !when || locks != !!getenv("FAIL_LOCKS") || access(when, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (strncmp(path, below, strlen(below))) return 0;
    errno = atoi(getenv("FAIL_ERRNO"));
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t read(int fd, void *data, size_t n) { return fails(fd, 0) ? -1 : REAL(read)(fd, data, n); }
ssize_t pread(int fd, void *data, size_t n, off_t at) { return fails(fd, 0) ? -1 : REAL(pread)(fd, data, n, at); }
ssize_t pread64(int fd, void *data, size_t n, off64_t at) { return fails(fd, 0) ? -1 : REAL(pread64)(fd, data, n, at); }
ssize_t write(int fd, const void *data, size_t n) { return fails(fd, 0) ? -1 : REAL(write)(fd, data, n); }
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) {
    return fails(fd, 0) ? -1 : REAL(pwrite)(fd, data, n, at);
}
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
    return fails(fd, 0) ? -1 : REAL(pwrite64)(fd, data, n, at);
}
int flock(int fd, int how) { return fails(fd, 1) ? -1 : REAL(flock)(fd, how); }

static int locking(int command) { return command == F_SETLK || command == F_SETLKW || command == F_GETLK; }
int fcntl(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return locking(command) && fails(fd, 1) ? -1 : REAL(fcntl)(fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return locking(command) && fails(fd, 1) ? -1 : REAL(fcntl64)(fd, command, argument);
}
