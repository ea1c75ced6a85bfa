/* Preloaded into a program, it writes down all that the program does to files below RECORD_BELOW, into RECORD_TO: what a
 * disk would have seen. From it the tests make what is left after a power cut. A record is: kind, path, a number, the
 * length of what follows, and that. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int below(const char *path) {
    const char *folder = getenv("RECORD_BELOW");
    return folder && !strncmp(path, folder, strlen(folder));
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

static void record(char kind, const char *path, int64_t number, const void *data, int64_t length) {
    static int to = -1;
    if (to < 0) {
        int opened = REAL(open)(getenv("RECORD_TO"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (!__sync_bool_compare_and_swap(&to, -1, opened)) close(opened);
    }
    int64_t head[3] = {(int64_t)strlen(path), number, length};
    struct iovec parts[4] = {{&kind, 1}, {head, sizeof head}, {(void *)path, strlen(path)}, {(void *)data, length}};
    REAL(writev)(to, parts, 4); /* one piece: threads do not mix */
}

/* Before the real thing: two threads' writes to one place are never recorded in the wrong order by a program that locks. */
static void wrote(int fd, const void *data, size_t n, int64_t at) {
    char path[4096];
    if (path_of(fd, path)) record('w', path, at, data, n);
}

static void noted(char kind, int fd, int64_t number) {
    char path[4096];
    if (path_of(fd, path)) record(kind, path, number, "", 0);
}

ssize_t write(int fd, const void *data, size_t n) {
    wrote(fd, data, n, lseek(fd, 0, SEEK_CUR));
    return REAL(write)(fd, data, n);
}
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) {
    wrote(fd, data, n, at);
    return REAL(pwrite)(fd, data, n, at);
}
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
    wrote(fd, data, n, at);
    return REAL(pwrite64)(fd, data, n, at);
}
int ftruncate(int fd, off_t length) {
    noted('t', fd, length);
    return REAL(ftruncate)(fd, length);
}
int ftruncate64(int fd, off64_t length) {
    noted('t', fd, length);
    return REAL(ftruncate64)(fd, length);
}
/* After the real thing: what was written down before is on the disk. */
int fsync(int fd) {
    int result = REAL(fsync)(fd);
    noted('s', fd, 0);
    return result;
}
int fdatasync(int fd) {
    int result = REAL(fdatasync)(fd);
    noted('s', fd, 0);
    return result;
}
int rename(const char *from, const char *to) {
    if (below(from)) record('r', from, 0, to, strlen(to));
    return REAL(rename)(from, to);
}
int unlink(const char *path) {
    if (below(path)) record('u', path, 0, "", 0);
    return REAL(unlink)(path);
}
