"""Files that a Compose file names. After symlinks are followed, only files below the desired root are read, or below
folders that a setting allows (rule 4)."""

from __future__ import annotations

import errno
import os
import os.path
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.compose.budget import MOST_TEXT, Budget
from reconciler.compose.footprint import Footprint
from reconciler.records import dataclass

LARGEST = 1_023_999
"""Bytes of any file that is read: Swarm takes no larger config."""
_ON_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|[\\/]{2}[^\\/.][^\\/]*[\\/][^\\/.][^\\/]*[\\/]")
"""Absolute path on Windows: with its drive, or with server and share (docker/cli, ``loader/windows_path.go``)."""


class FileRefused(Exception):
    """A file that can't be read, or may not be; ``hint`` says what would be right, ``at`` is the line and column in
    it."""

    def __init__(self, message: str, hint: str, at: tuple[int, int] = (1, 1)) -> None:
        super().__init__(message)
        self.hint = hint
        self.at = at


@dataclass(frozen=True, slots=True)
class Root:
    """The desired folder: where it is read, and where users have it. Files below ``allowed`` may be read, too."""

    path: Path
    shown: Path
    allowed: tuple[Path, ...] = ()


class Files:
    """Reads files beside one Compose file, within ``budget``; ``footprint`` records all that was looked at."""

    def __init__(self, root: Root, folder: Path, home: str, budget: Budget) -> None:
        self.budget = budget
        self._path = root.path
        self._root = root.path.resolve()
        self._allowed = (self._root, *(_resolved(path) for path in root.allowed))
        self._home = home
        self._shown_folder = root.shown.absolute() / folder.relative_to(root.path)
        self.folder = folder
        self.footprint = Footprint()

    def there(self, name: str) -> bool:
        """Return whether the name exists. A file that can't be examined, and a link that leads nowhere, count as
        existing: reading them reports the fault, and the stack isn't taken for removed. A name that is too long
        can't exist."""
        self.footprint.note(self.folder / name)
        try:
            (self.folder / name).lstat()
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return False
        except OSError as error:
            return error.errno != errno.ENAMETOOLONG
        return True

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            FileRefused: the file can't be read, or may not be.
        """
        self.footprint.note(self.folder / name)
        try:
            path = (self.folder / name).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a link to itself; a name that no file can have
            why = "no file can have this name" if isinstance(error, ValueError) else str(error)
            raise FileRefused(f"{name!r} can't be read: {why}", "it has to be a readable file") from error
        if not any(path.is_relative_to(allowed) for allowed in self._allowed):
            hint = "move the file below it, or allow the folder it is in with --allow-path DIR"
            raise FileRefused(f"{name} leads out of the desired folder", hint)
        try:
            found = path.stat()
            if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
                raise FileRefused(f"{name} is a pipe, a socket or a device", "it has to be a readable file")
            if found.st_size > LARGEST:
                hint = f"no file over {LARGEST:,} bytes (1 MB) is read; bring more in as a volume or an image"
                raise FileRefused(f"{name} has {found.st_size:,} bytes", hint)
            if found.st_size > self.budget.text_left():
                hint = "name fewer files, or smaller ones; use volumes or images for large data"
                raise FileRefused(
                    f"{name} is one file too many: a stack reads at most {MOST_TEXT} bytes of files", hint
                )
            return self._regular(path, name)
        except FileNotFoundError:
            raise FileRefused(f"{name} isn't there", f"it is looked for in {self._shown(path.parent)}") from None
        except OSError as error:
            raise FileRefused(f"{name} can't be read: {error.strerror}", "it has to be a readable file") from error

    def _regular(self, path: Path, name: str) -> bytes:
        """Read a regular file up to the size limit, without ever blocking, even if the file has been replaced
        meanwhile."""

        def opener(name: str, flags: int) -> int:
            return os.open(name, flags | os.O_NONBLOCK)

        with open(path, "rb", opener=opener) as file:
            data = file.read(LARGEST + 1)
        self.budget.take_file(len(data), (self.named(name), 1, 1))
        return data

    def named(self, name: str) -> str:
        """Return the file's name in faults: its path from the desired folder, if it is inside."""
        path = Path(os.path.normpath(self.folder / name))
        return path.relative_to(self._path).as_posix() if path.is_relative_to(self._path) else name

    def text(self, name: str) -> str:
        """Return the content of a file as a string.

        Raises:
            FileRefused: the file can't be read, or isn't UTF-8.
        """
        data = self.read(name)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            before = data[: error.start].decode()
            at = before.count("\n") + 1, len(before) - before.rfind("\n")
            raise FileRefused(f"{name} isn't a text: byte {error.start} isn't UTF-8", "save it as UTF-8", at) from error

    def absolute(self, name: str) -> str:
        """Return the absolute path of a bind mount. Relative paths start beside the Compose file, as for ``docker
        stack``."""
        path = f"{self._home}{name[1:]}" if name.startswith("~") else name
        absolute = path.startswith("/") or _ON_WINDOWS.match(path)
        return path if absolute else os.path.normpath(self._shown_folder / path)

    def _shown(self, path: Path) -> str:
        inside = path.relative_to(self._root) if path.is_relative_to(self._root) else path
        return f"the desired folder{'' if str(inside) == '.' else f' under {inside}'}"


def _resolved(path: Path) -> Path:
    """Return the resolved path, or ``path`` itself if it can't be resolved: then nothing is below it."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _no_name(given: str) -> tuple[str, str]:
    """Return what is wrong with the part before the '=', and what would be right. The part isn't quoted: it may be a
    secret."""
    if not given:
        return "no variable's name before the '='", "write NAME=value"
    if given.split(maxsplit=1)[0] == "export":
        return "a variable's name holds a blank", "drop `export`: docker takes it for a part of the name"
    return "a variable's name holds a blank", "write NAME=value without blanks around the '='"


def env_file(text: str, environ: Mapping[str, str], tell: Callable[[FileRefused], None]) -> dict[str, str]:
    """Read ``NAME=value`` lines as docker's client does: quotes belong to the value, a bare name is looked up.

    ``tell`` is called with each line that can't be read.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        entry = line.removesuffix("\r").lstrip()
        if not entry or entry.startswith("#"):
            continue
        name, sign, value = entry.partition("=")
        if not name or any(char.isspace() for char in name):
            at = number, len(line) - len(line.lstrip()) + 1
            tell(FileRefused(*_no_name(name), at))
        elif sign:
            found[name] = value
        elif name in environ:
            found[name] = environ[name]
    return found
