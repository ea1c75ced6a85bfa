"""One window for each person: a project that is opened while the program runs is opened by the one that runs, as when
somebody double-clicks on it. `maskwright open --new-window` starts another one all the same."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication, QWidget

from app.paths import data_dir

PATIENCE_MS = 2000
"""Until one that does not answer is taken for one that hangs."""
_AGAIN_MS = 300
_MOST_BYTES = 100_000
_MOST_SOCKET = 100
"""Letters that the path of a socket may have."""
_TAKEN = b"taken"


class Opening(Protocol):
    """A window that can be given something to open."""

    def open_path(self, path: Path) -> None:
        """Opens a folder of images, an image in it, or a project file."""

    def window(self) -> QWidget:
        """Returns the window itself."""
        ...


def hand_over(path: Path | None) -> bool:
    """Gives the window that runs already what is to be opened, None to bring it to the front. False when there is none
    that answers."""
    socket = QLocalSocket()
    socket.connectToServer(_name())
    if not socket.waitForConnected(PATIENCE_MS):
        return False
    message = {"open": None if path is None else str(path.absolute())}
    socket.write(json.dumps(message).encode() + b"\n")
    return socket.waitForReadyRead(PATIENCE_MS) and bytes(socket.readAll().data()).strip() == _TAKEN


class OneWindow(QObject):
    """Takes what others hand over, and files that the system (macOS) sends, for as long as it lives."""

    def __init__(self, window: Opening) -> None:
        super().__init__(window.window())
        self._window, self._wanted = window, list[Path]()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        self._again = QTimer(self, interval=_AGAIN_MS, singleShot=True)
        self._again.timeout.connect(self._open_next)
        app = QApplication.instance()
        if (
            app is not None and sys.platform == "darwin"
        ):  # others start the program with the path; a filter sees all events
            app.installEventFilter(self)
        if not self._server.listen(_name()):
            QLocalServer.removeServer(_name())  # of one that was killed: those that live had answered
            self._server.listen(_name())

    def close(self) -> None:
        """Takes nothing any more."""
        self._server.close()

    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._reader(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._reader(socket)()

    def _reader(self, socket: QLocalSocket) -> Callable[[], None]:
        def read() -> None:
            if socket.bytesAvailable() > _MOST_BYTES:
                socket.abort()
            elif socket.canReadLine():
                if self._take(bytes(socket.readLine().data())):
                    socket.write(_TAKEN + b"\n")
                    socket.flush()
                socket.disconnectFromServer()

        return read

    def _take(self, line: bytes) -> bool:
        """False for what another version says in another way: it opens a window of its own."""
        try:
            message = json.loads(line)
            wanted = message["open"]
        except (ValueError, TypeError, KeyError):
            return False
        if wanted is not None and not isinstance(wanted, str):
            return False
        self._bring_to_front()
        if wanted:
            self._wanted.append(Path(wanted))
            self._open_next()
        return True

    def _open_next(self) -> None:
        """A dialog that is open is about what is there now: the rest waits for its end."""
        if not self._wanted:
            return
        if QApplication.activeModalWidget() is not None:
            self._again.start()
            return
        wanted = self._wanted[-1]
        self._wanted.clear()
        self._window.open_path(wanted)

    def _bring_to_front(self) -> None:
        window = self._window.window()
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.raise_()
        window.activateWindow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FileOpen and isinstance(event, QFileOpenEvent) and event.file():
            self._wanted.append(Path(event.file()))
            self._open_next()
            return True
        return super().eventFilter(watched, event)


def _name() -> str:
    """Where they meet: in a folder that is the person's own, as far as the system lets a socket have a long path."""
    name = "maskwright-" + sha256(str(data_dir()).encode(errors="surrogateescape")).hexdigest()[:16]
    if sys.platform == "win32":
        return name
    for folder in (os.environ.get("XDG_RUNTIME_DIR", ""), str(data_dir())):
        if folder and Path(folder).is_dir() and len(folder) + len(name) < _MOST_SOCKET:
            return str(Path(folder) / name)
    return name
