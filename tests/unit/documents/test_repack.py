"""An sdist has the same bytes whoever packs it, and when."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable

from hack.repack import repacked


def packed(names: Iterable[str], *, owner: int, at: int, mode: int) -> bytes:
    """Pack files that hold their own names."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.uid, member.mtime, member.mode = len(name), owner, at, mode
            archive.addfile(member, io.BytesIO(name.encode()))
    return made.getvalue()


def test_only_names_and_contents_count() -> None:
    first = repacked(packed(["a", "b"], owner=0, at=1, mode=0o600), 1_700_000_000)
    second = repacked(packed(["b", "a"], owner=1000, at=2, mode=0o664), 1_700_000_000)
    assert first == second
    assert first != repacked(packed(["a", "c"], owner=0, at=1, mode=0o600), 1_700_000_000)


def test_contents_stay() -> None:
    again = repacked(packed(["x/one", "x/two"], owner=5, at=7, mode=0o600), 1_700_000_000)
    with tarfile.open(fileobj=io.BytesIO(again), mode="r:gz") as archive:
        members = archive.getmembers()
        assert [archive.extractfile(each).read().decode() for each in members] == ["x/one", "x/two"]  # type: ignore[union-attr]
        assert {(each.uid, each.mtime, each.mode) for each in members} == {(0, 1_700_000_000, 0o644)}
