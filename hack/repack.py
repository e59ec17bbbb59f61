"""Writes an sdist again so that its bytes depend on its content alone: hack/repack.py FILE.tar.gz

setuptools heeds SOURCE_DATE_EPOCH in wheels, but writes the times and the owner of the build into sdists.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
from pathlib import Path


def repacked(packed: bytes, epoch: int) -> bytes:
    """Return the archive with its members sorted, owned by root, and as old as ``epoch``."""
    made = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as old,
        gzip.GzipFile(fileobj=made, mode="wb", filename="", mtime=epoch) as pressed,
        tarfile.open(fileobj=pressed, mode="w", format=tarfile.USTAR_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mtime = epoch
            member.mode = 0o755 if member.isdir() else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isreg() else None)
    return made.getvalue()


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_bytes(repacked(file.read_bytes(), int(os.environ["SOURCE_DATE_EPOCH"])))
