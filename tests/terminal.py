"""A command in a terminal of its own, of a given width."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence

LINES = 40


def in_terminal(command: Sequence[str], columns: int, environ: Mapping[str, str]) -> tuple[int, str]:
    """Run it, and return its exit code and what it wrote to the terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    environ = {key: value for key, value in environ.items() if key not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env={**environ, "TERM": "xterm"}, start_new_session=True
    )
    os.close(slave)
    said = bytearray()
    try:
        while data := _read(master):
            said += data
    finally:
        os.close(master)
    return process.wait(60), said.decode(errors="replace").replace("\r\n", "\n")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # what Linux says once nobody has the other side any more
        return b""
