"""The installer of Windows, silently, under wine: a stand-in for the program goes in, is replaced, and leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.windows import Windows, until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wine"), pytest.mark.timeout(600)]

HERE = Path(__file__).parent
FOLDER = r"C:\Meine Programme\深い 模型"
MISSING = [name for name in ("makensis", "wine", "Xvfb") if not shutil.which(name)]
if MISSING:
    pytestmark.append(pytest.mark.skip(reason=f"there is no {' or '.join(MISSING)} (apt install nsis wine xvfb)"))


@pytest.fixture(scope="session")
def screen():
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as told:
        yield f":{told.readline().strip()}"
    server.terminate()
    server.wait(30)


@pytest.fixture(scope="session")
def setups(tmp_path_factory):
    """Installers by version: 0.0.9 has a file that 0.1.0 no longer has."""
    from windows_installer import compile_installer

    folder = tmp_path_factory.mktemp("payloads")
    made = {}
    for version, inside in {"0.0.9": "gone.dll", "0.1.0": "neu $INSTDIR/ファイル.dll"}.items():
        payload = folder / version
        (payload / "_internal" / inside).parent.mkdir(parents=True)
        (payload / "_internal" / inside).write_bytes(os.urandom(3 << 20))
        (payload / "version.txt").write_text(version)
        stand_in = ["makensis", "-V1", f"-DOUTFILE={payload / 'maskwright.exe'}", str(HERE / "stand_in.nsi")]
        subprocess.run(stand_in, check=True)
        made[version] = compile_installer(payload, folder, of_version=version)
    return made


@pytest.fixture(scope="session")
def prefix(tmp_path_factory, screen):
    windows = Windows(tmp_path_factory.mktemp("wine") / "prefix", screen)
    windows.run("wineboot", "-i")
    windows.run("winecfg", "-v", "win10")
    windows.end()
    return windows.prefix


@pytest.fixture
def windows(prefix, tmp_path, screen):
    """A new one for each test: its own registry, and the files of Windows that nobody changes."""
    shutil.copytree(prefix, tmp_path / "prefix", symlinks=True, copy_function=copied)
    windows = Windows(tmp_path / "prefix", screen)
    yield windows
    windows.end()


def copied(source: str, target: str) -> None:
    shutil.copy2(source, target) if source.endswith(".reg") else os.link(source, target)


def installed(windows, folder=FOLDER) -> Path:
    return windows.disk / folder.removeprefix("C:\\").replace("\\", "/")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


NEW = {"maskwright.exe", "version.txt", "uninstall.exe", "_internal/neu $INSTDIR/ファイル.dll"}


def install(windows, setup, *wishes, folder=FOLDER) -> int:
    return windows.run(setup, "/S", *wishes, *f"/D={folder}".split(" "))  # NSIS takes no quotes around it


def test_for_one_person_in_a_folder_with_spaces_and_other_letters(windows, setups):
    assert install(windows, setups["0.1.0"], "/CurrentUser", "/Desktop") == 0
    assert files(installed(windows)) == NEW
    entry = windows.entry()
    assert entry["DisplayName"] == "Maskwright"
    assert entry["DisplayVersion"] == "0.1.0"
    assert entry["InstallLocation"] == FOLDER
    assert entry["QuietUninstallString"] == rf'"{FOLDER}\uninstall.exe" /S'
    assert 3000 < int(entry["EstimatedSize"].removeprefix("dword:"), 16) < 4000
    assert windows.entry("HKLM") == {}
    user = windows.disk / "users"
    assert len(list(user.rglob("Start Menu/Programs/Maskwright.lnk"))) == 1
    assert len(list(user.rglob("Desktop/Maskwright.lnk"))) == 1


def test_a_project_is_opened_by_double_click(windows, setups):
    install(windows, setups["0.1.0"], "/AllUsers")  # wine 8 does not look at what one person associates
    project = windows.disk / "users" / "Zoë's 猫.maskwright"
    project.write_bytes(b"")
    assert windows.run("start", project) == 0
    told = installed(windows) / "started.txt"
    until(told.exists)
    until(lambda: windows.name(project) in told.read_text(encoding="utf-16"))


def test_for_everybody_in_the_usual_folder(windows, setups):
    assert windows.run(setups["0.1.0"], "/S") == 0  # an administrator, silently: for everybody
    assert files(windows.disk / "Program Files" / "Maskwright") == NEW
    assert windows.entry("HKLM")["InstallLocation"] == r"C:\Program Files\Maskwright"
    assert windows.entry("HKCU") == {}
    opens = windows.key(r"HKLM\Software\Classes\Maskwright.Project\shell\open\command")
    assert list(opens.values()) == [{"": r'"C:\Program Files\Maskwright\maskwright.exe" "%1"'}]


def test_a_folder_in_quotes_is_understood_too(windows, setups):
    assert windows.run(setups["0.1.0"], "/S", "/CurrentUser", f"/D={FOLDER}\\") == 0  # wine puts quotes around it
    assert files(installed(windows)) == NEW


def test_a_newer_version_replaces_the_old_one_where_it_is(windows, setups):
    install(windows, setups["0.0.9"], "/CurrentUser", "/NoAssociation")
    mine = installed(windows) / "_internal" / "notes.txt"
    mine.write_text("put here by the person")
    assert windows.run(setups["0.1.0"], "/S") == 0
    assert files(installed(windows)) == NEW | {"_internal/notes.txt"}
    assert (installed(windows) / "version.txt").read_text() == "0.1.0"
    assert windows.entry()["DisplayVersion"] == "0.1.0"
    assert windows.entry("HKLM") == {}
    assert windows.key(r"HKCU\Software\Classes\.maskwright") == {}  # what was not wished before is not now


def test_the_uninstaller_removes_what_was_installed_and_nothing_else(windows, setups):
    home = windows.disk / "users" / "root"
    settings = home / "AppData" / "Local" / "maskwright" / "maskwright.ini"
    project = installed(windows) / "my project.maskwright"
    install(windows, setups["0.1.0"], "/CurrentUser", "/Desktop")
    for file in (settings, project):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")
    assert windows.run(installed(windows) / "uninstall.exe", "/S") == 0
    until(lambda: files(installed(windows)) == {"my project.maskwright"})
    until(lambda: windows.entry() == {})
    assert settings.read_text() == project.read_text() == "mine"
    assert windows.key(r"HKCU\Software\Classes\.maskwright") == {}
    assert windows.key(r"HKCU\Software\Classes\Maskwright.Project") == {}
    assert windows.key(r"HKCU\Software\Microsoft\Windows\CurrentVersion\App Paths\maskwright.exe") == {}
    assert list(windows.disk.rglob("Maskwright*.lnk")) == []


def test_nothing_is_changed_while_the_program_runs(windows, setups):
    install(windows, setups["0.0.9"], "/CurrentUser")
    running = windows.start(installed(windows) / "maskwright.exe", STAND_IN_SECONDS="60")
    until((installed(windows) / "started.txt").exists)
    try:
        assert windows.run(setups["0.1.0"], "/S", r"/Log=C:\why.txt") == 3
        assert (windows.disk / "why.txt").read_text(
            encoding="utf-16"
        ) == "Maskwright is running. Please close it first.\n"
        uninstaller = installed(windows) / "uninstall.exe"
        assert windows.run(uninstaller, "/S", *f"_?={FOLDER}".split(" ")) == 3
        assert (installed(windows) / "version.txt").read_text() == "0.0.9"
        assert windows.entry()["DisplayVersion"] == "0.0.9"
    finally:
        windows.end()
        running.wait(30)
    assert windows.run(setups["0.1.0"], "/S") == 0


def test_an_older_version_replaces_a_newer_one_only_on_request(windows, setups):
    install(windows, setups["0.1.0"], "/CurrentUser")
    assert windows.run(setups["0.0.9"], "/S", r"/Log=C:\why.txt") == 6
    assert "0.1.0 is installed, which is newer" in (windows.disk / "why.txt").read_text(encoding="utf-16")
    assert windows.entry()["DisplayVersion"] == "0.1.0"
    assert windows.run(setups["0.0.9"], "/S", "/Downgrade") == 0
    assert windows.entry()["DisplayVersion"] == "0.0.9"
    assert "_internal/gone.dll" in files(installed(windows))


def test_two_versions_stand_side_by_side(windows, setups):
    install(windows, setups["0.0.9"], "/CurrentUser")
    assert windows.run(setups["0.1.0"], "/S", "/CurrentUser", "/SideBySide") == 0
    beside = windows.entry(title="Maskwright 0.1.0")
    assert beside["InstallLocation"].endswith(r"\Programs\Maskwright 0.1.0")
    assert windows.entry()["DisplayVersion"] == "0.0.9"
    assert next(iter(windows.key(r"HKCU\Software\Classes\.maskwright").values())) == {"": "Maskwright.Project"}
    assert windows.run(beside["UninstallString"].strip('"'), "/S") == 0
    until(lambda: windows.entry(title="Maskwright 0.1.0") == {})
    assert "maskwright.exe" in files(installed(windows))
    assert windows.entry()["DisplayVersion"] == "0.0.9"
    opens = windows.key(r"HKCU\Software\Classes\Maskwright.Project\shell\open\command")
    assert next(iter(opens.values())) == {"": rf'"{FOLDER}\maskwright.exe" "%1"'}


def test_a_folder_that_cannot_be_is_refused(windows, setups):
    assert install(windows, setups["0.1.0"], r"/Log=C:\why.txt", folder=r"Q:\nowhere") == 7
    why = (windows.disk / "why.txt").read_text(encoding="utf-16")
    assert why == "Q:\\nowhere cannot be written to. Please choose another folder.\n"
    assert windows.entry() == windows.entry("HKLM") == {}


def test_a_disk_that_is_too_small_is_refused(windows, setups, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        (windows.prefix / "dosdevices" / "s:").symlink_to(small)
        assert install(windows, setups["0.1.0"], r"/Log=C:\why.txt", folder=r"S:\Maskwright") == 4
        why = (windows.disk / "why.txt").read_text(encoding="utf-16")
        assert why == "Maskwright needs 3 MB in S:\\Maskwright, and there is room for 2 MB.\n"
        assert list(small.iterdir()) == []
    finally:
        windows.end()
        subprocess.run(["umount", str(small)], check=True)


def test_an_old_windows_is_refused(windows, setups):
    windows.run("winecfg", "-v", "win81")
    assert windows.run(setups["0.1.0"], "/S") == 9
