"""An app for the entrypoint to supervise, which notes each of its runs, and whether another one was still there.

    lone.py FOLDER

Run by the image's Python, without a package around it.
"""

import fcntl
import os
import signal
import sys
import time
from pathlib import Path

BEGAN, ENDED, SECOND = "began", "ended", "second"


def main(folder: Path) -> int:
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note(folder, SECOND)
        return 1
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    note(folder, BEGAN)
    signal.sigwait({signal.SIGTERM})
    note(folder, ENDED)
    return 0


def note(folder: Path, what: str) -> None:
    """One line, whole, whoever else writes."""
    journal = os.open(folder / "journal", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
    os.write(journal, f"{what} {time.time():.3f}\n".encode())
    os.close(journal)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
