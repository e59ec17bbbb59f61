"""HEAD as a wake-up: once for each time that it is elsewhere, and never for anything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from reconciler.triggers.commits import watch_head
from reconciler.triggers.wakes import TIMER, Wakes
from tests.repository import Git

FAR = 1e12


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[Wakes]:
    wakes = Wakes()
    watch = asyncio.ensure_future(watch_head(folder, wakes))
    try:
        assert await reason(wakes) == "HEAD is watched"
        yield wakes
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def reason(wakes: Wakes) -> str:
    batch = await asyncio.wait_for(wakes.next(FAR), 20)
    return ", ".join(wake.reason for wake in batch)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = Git.init(tmp_path / "repo")
    git.commit(a="one")
    git("branch", "first")
    git.commit(a="two")
    return git


def committing(git: Git) -> None:
    git.commit(a="three")


def resetting(git: Git) -> None:
    git("reset", "--quiet", "--hard", "first")


def checking_out(git: Git) -> None:
    git("checkout", "--quiet", "first")


def reverting(git: Git) -> None:
    git("revert", "--no-edit", "HEAD")


def moving_the_branch_alone(git: Git) -> None:
    git("update-ref", "refs/heads/main", "first")


def writing_it_in_place(git: Git) -> None:
    (git.top / ".git/refs/heads/main").write_text(git("rev-parse", "first") + "\n")


def pulling(git: Git) -> None:
    git("clone", "--quiet", ".", "../other")
    other = Git(git.top.parent / "other")
    other.commit(a="theirs")
    git("pull", "--quiet", "--ff-only", "../other", "main")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "move",
    [committing, resetting, checking_out, reverting, moving_the_branch_alone, writing_it_in_place, pulling],
)
def test_whatever_moves_head_wakes(move: Callable[[Git], None], packed: bool, git: Git) -> None:
    if packed:
        git("gc", "--quiet")
        (git.top / ".git/refs/heads").mkdir(exist_ok=True)

    async def test() -> None:
        async with watching(git.desired) as wakes:
            await asyncio.to_thread(move, git)
            assert await reason(wakes) == "HEAD moved"

    asyncio.run(test())


def test_what_leaves_head_where_it_is_wakes_nobody(git: Git) -> None:
    def busy() -> None:
        git.write("desired/a.yaml", "edit")
        git("add", "--all")
        git("status")
        git("branch", "another")
        git("tag", "x")
        git("stash", "--quiet")
        git("stash", "pop", "--quiet")
        git("gc", "--quiet")

    async def test() -> None:
        async with watching(git.desired) as wakes:
            await asyncio.to_thread(busy)
            await asyncio.sleep(0.3)
            assert [wake.reason for wake in await wakes.next(0)] == [TIMER]

    asyncio.run(test())


def test_a_linked_work_tree_is_woken_by_its_own_head(git: Git) -> None:
    git("worktree", "add", "--quiet", "../linked", "-b", "feature/linked")
    linked = Git(git.top.parent / "linked")

    async def test() -> None:
        async with watching(linked.desired) as wakes:
            await asyncio.to_thread(git.commit, a="on main")
            await asyncio.to_thread(linked.commit, a="on the branch")
            assert await reason(wakes) == "HEAD moved"

    asyncio.run(test())


def test_the_start_and_the_end_of_a_merge_wake(git: Git) -> None:
    git("checkout", "--quiet", "-b", "other", "first")
    git.commit(a="theirs")
    git("checkout", "--quiet", "main")

    async def test() -> None:
        async with watching(git.desired) as wakes:
            await asyncio.to_thread(git, "merge", "other", fails=True)
            assert await reason(wakes) == "git: a merge began"
            await asyncio.to_thread(git, "merge", "--abort")
            assert await reason(wakes) == "git: the merge is over"

    asyncio.run(test())


def test_a_checkout_that_goes_comes_or_is_another_behind_the_same_link(git: Git) -> None:
    git("clone", "--quiet", "--branch=first", ".", "../other")
    git("clone", "--quiet", ".", "../same")
    parent = git.top.parent
    (parent / "current").symlink_to("repo")

    def swap(to: str) -> None:
        (parent / "next").symlink_to(to)
        (parent / "next").rename(parent / "current")

    async def test() -> None:
        async with watching(parent / "current/desired") as wakes:
            await asyncio.to_thread(swap, "same")
            assert await reason(wakes) == "another git checkout is there"
            await asyncio.to_thread(swap, "other")
            assert await reason(wakes) == "HEAD moved"
            (parent / "other/.git").rename(parent / "other/away")
            assert await reason(wakes) == "the git checkout is gone"
            (parent / "other/away").rename(parent / "other/.git")
            assert await reason(wakes) == "HEAD is watched"

    asyncio.run(test())
