"""Git's data as an attacker would write it: every question gets an answer in words, and the next one does, too."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.commits import worker_client
from reconciler.commits.limits import MEMORY
from reconciler.commits.model import Broken
from reconciler.commits.worker_client import WorkerClient
from tests.repository import Git


def head_is_a_pipe(git: Git) -> None:
    _pipe(git.top / ".git/HEAD")


def config_is_a_pipe(git: Git) -> None:
    _pipe(git.top / ".git/config")


def exclude_is_a_pipe(git: Git) -> None:
    (git.top / ".git/info").mkdir(exist_ok=True)
    _pipe(git.top / ".git/info/exclude")


def gitignore_is_a_pipe(git: Git) -> None:
    _pipe(git.top / ".gitignore")


def gitignore_leads_to_a_device(git: Git) -> None:
    (git.desired / ".gitignore").symlink_to("/dev/zero")


def gitignore_backtracks(git: Git) -> None:
    git.write(".gitignore", "*a" * 20 + "b\n")
    git.write("desired/" + "a" * 200, "")


def _pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = Git.init(tmp_path / "repo")
    git.commit(a="one")
    return git


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (head_is_a_pipe, "HEAD is a pipe"),
        (config_is_a_pipe, "config is a pipe"),
        (exclude_is_a_pipe, "exclude is a pipe"),
        (gitignore_is_a_pipe, ""),
        (gitignore_leads_to_a_device, "is a pipe, a socket or a device"),
        (gitignore_backtracks, "git's data "),
    ],
)
def test_a_question_never_hangs(spoil: Callable[[Git], None], words: str, git: Git, tmp_path: Path) -> None:
    other = Git.init(tmp_path / "other")
    commit = other.commit(a="one")
    spoil(git)
    worker = WorkerClient()
    try:
        for ask in (worker.revision, worker.committed):
            if words:
                with pytest.raises(Broken, match=words) as raised:
                    ask(git.desired)
                assert raised.value.hint
        revision = worker.revision(other.desired)
        assert revision is not None
        assert revision.commit == commit
    finally:
        worker.close()


def test_a_blob_beyond_the_limit_of_memory_is_refused(git: Git, tmp_path: Path) -> None:
    with (git.desired / "big").open("wb") as file:
        file.truncate(MEMORY + 1)
    git("-c", "core.compression=1", "add", "--all")
    git("commit", "--quiet", "--message=big")
    worker = WorkerClient()
    try:
        _, key = worker.committed(git.desired)
        with pytest.raises(Broken, match="git's data"):
            worker.lay_out(git.desired, key, tmp_path)
    finally:
        worker.close()


def test_a_file_without_end_in_the_work_tree_keeps_nobody_waiting(git: Git) -> None:
    os.truncate(git.desired / "a.yaml", 1 << 40)
    worker = WorkerClient()
    try:
        revision, key = worker.committed(git.desired)
        assert revision.dirty
        assert worker.revision(git.desired) == revision
        assert key[0] == revision.commit
    finally:
        worker.close()


def test_a_worker_that_was_killed_is_started_again(git: Git) -> None:
    worker = WorkerClient()
    try:
        worker.prepare()
        first = worker._process
        assert first is not None
        first.kill()
        first.wait()
        assert worker.revision(git.desired) is not None
    finally:
        worker.close()


def test_a_question_that_ended_the_process_is_put_again_once_git_wrote(
    git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    gitignore_backtracks(git)
    worker, now = WorkerClient(), 1000.0
    monkeypatch.setattr(worker_client, "steady", lambda: now)
    try:
        with pytest.raises(Broken, match="git's data"):
            worker.revision(git.desired)
        worker.prepare()
        there = worker._process
        with pytest.raises(Broken, match="git's data"):
            worker.revision(git.desired)
        assert worker._process is there  # it wasn't asked
        now += worker_client.FIRST + 1
        with pytest.raises(Broken, match="git's data"):
            worker.revision(git.desired)
        assert worker._process is not there
        git.write(".gitignore", "")
        git("add", ".gitignore")
        assert worker.revision(git.desired) is not None
    finally:
        worker.close()
