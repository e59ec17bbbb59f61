"""Where desired state comes from: the files with the commit they lie on, or the commit alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.loop.memory import Wanted
from reconciler.loop.settings import Settings
from reconciler.loop.sources import source_for
from tests.repository import Git


def file(image: str, extra: str = "") -> str:
    return f"services: {{web: {{image: '{image}'{extra}}}}}\n"


def images(wanted: Wanted) -> list[str]:
    return [service.spec["TaskTemplate"]["ContainerSpec"]["Image"] for service in wanted.services]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = Git.init(tmp_path / "repo")
    git.commit(a=file("a:1"))
    return git


def test_files_count_as_they_are_and_the_commit_is_told(git: Git) -> None:
    read = source_for(Settings(git.desired))
    first = read()
    assert (images(first), str(first.revision)) == (["a:1"], git.head[:7])
    git.write("desired/a.yaml", file("a:2"))
    edited = read()
    assert (images(edited), str(edited.revision)) == (["a:2"], f"{git.head[:7]} (dirty)")
    git.commit()
    after = read()
    assert after.revision is not None
    assert (after.revision.commit, after.revision.dirty) == (git.head, False)


def test_files_outside_of_git_and_before_the_first_commit_lie_on_no_commit(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(file("a:1"))
    read = source_for(Settings(tmp_path))
    assert (images(read()), read().revision) == (["a:1"], None)
    Git.init(tmp_path)
    assert read().revision is None


def test_files_that_no_commit_holds_are_dirty_though_git_ignores_them(git: Git) -> None:
    git.write(".gitignore", "/desired\n")
    git("rm", "--quiet", "-r", "--cached", "desired")
    git("add", ".gitignore")
    git("commit", "--quiet", "-m", "x")
    revision = source_for(Settings(git.desired))().revision
    assert revision is not None
    assert revision.dirty


def test_files_count_though_their_commit_cant_be_told(git: Git) -> None:
    (git.top / ".git/HEAD").write_bytes(b"\xffrubbish")
    wanted = source_for(Settings(git.desired))()
    assert (images(wanted), wanted.faults, wanted.revision) == (["a:1"], (), None)
    assert ["can't be told" in warning.message for warning in wanted.warnings] == [True]


def test_with_committed_no_edit_counts_and_each_commit_does(git: Git) -> None:
    read = source_for(Settings(git.desired, committed=True))
    first = read()
    assert (images(first), str(first.revision)) == (["a:1"], git.head[:7])
    for number in range(20):
        git.write("desired/a.yaml", file(f"edit:{number}") if number % 2 else "services: {web: {image: [")
        git.write("desired/new.yaml", file("new:1"))
        git("add", "--all")
        edited = read()
        assert (edited.stacks, edited.faults) == (first.stacks, ())
        assert str(edited.revision) == f"{git.head[:7]} (dirty)"
    second = git.commit(a=file("a:2"))
    committed = read()
    assert sorted(images(committed)) == ["a:2", "new:1"]
    assert committed.revision is not None
    assert (committed.revision.commit, committed.revision.dirty) == (second, False)
    git("revert", "--no-edit", "HEAD")
    assert read().stacks == first.stacks
    git("reset", "--quiet", "--hard", second)
    assert read().stacks == committed.stacks


def test_with_committed_everything_that_a_file_names_is_the_commits_too(git: Git, tmp_path: Path) -> None:
    git.write("desired/.env", "TAG=1")
    git.write("desired/parts/base.yaml", "services: {base: {image: 'b:${TAG}', env_file: ../web.env}}")
    git.write("desired/web.env", "X=committed")
    git.write("desired/app.conf", "committed")
    mount = "volumes: ['./data:/data']"
    git.commit(
        a="services: {web: {extends: {file: parts/base.yaml, service: base}, configs: [c], " + mount + "}}\n"
        "configs: {c: {file: app.conf}}"
    )
    committed = source_for(Settings(git.desired, committed=True))()
    plain = source_for(Settings(git.desired))()
    assert committed.faults == ()
    assert committed.stacks == plain.stacks
    mounts = committed.services[0].spec["TaskTemplate"]["ContainerSpec"]["Mounts"]
    assert [each["Source"] for each in mounts] == [str(git.desired / "data")]
    for path in git.desired.rglob("*"):
        if path.is_file():
            path.write_text("half-made")
    assert source_for(Settings(git.desired, committed=True))().stacks == plain.stacks


def test_with_committed_faults_have_the_places_of_the_users_own_files(git: Git) -> None:
    git.write("outside.conf", "x")
    git.commit(
        a="services:\n  web:\n    imag: a\n", b=file("b:1", ", configs: [c]") + "configs: {c: {file: ../outside.conf}}"
    )
    committed, plain = source_for(Settings(git.desired, committed=True))(), source_for(Settings(git.desired))()
    assert committed.faults == plain.faults
    assert {fault.file for fault in committed.faults} == {"a.yaml", "b.yaml"}
    assert any("leads out of the desired folder" in fault.message for fault in committed.faults)


def test_with_committed_a_commit_that_doesnt_load_keeps_the_last_good_state(git: Git) -> None:
    read = source_for(Settings(git.desired, committed=True))
    good = read()
    bad = git.commit(a="services: {web: {image: [")
    wanted = read()
    assert (wanted.stacks, [fault.file for fault in wanted.faults]) == (good.stacks, ["a.yaml"])
    assert wanted.revision is not None
    assert wanted.revision.commit == bad


def a_submodule(git: Git) -> str:
    other = Git.init(git.top.parent / "other")
    other.commit(b="two")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.top), "desired/shop")
    git.commit(a=file("a:9"))
    return "is a submodule"


def no_folder(git: Git) -> str:
    git("rm", "--quiet", "-r", "desired")
    git.commit()
    return "holds no folder desired"


def a_branch_without_commits(git: Git) -> str:
    git("checkout", "--quiet", "--orphan", "fresh")
    return "nothing is committed yet"


def no_repository(git: Git) -> str:
    (git.top / ".git").rename(git.top / "moved.git")
    return "is no longer in a git checkout"


def a_damaged_object(git: Git) -> str:
    git.commit(a=file("a:9"))
    name = git("rev-parse", "HEAD:desired/a.yaml")
    (git.top / ".git/objects" / name[:2] / name[2:]).unlink()
    return f"git has no object {name}"


@pytest.mark.parametrize("harm", [a_submodule, no_folder, a_branch_without_commits, no_repository, a_damaged_object])
def test_with_committed_what_cant_be_read_is_a_fault_and_the_last_commit_goes_on(
    harm: Callable[[Git], str], git: Git
) -> None:
    read = source_for(Settings(git.desired, committed=True))
    good = read()
    message = harm(git)
    wanted = read()
    assert (wanted.stacks, wanted.revision) == (good.stacks, good.revision)
    assert [message in fault.message and bool(fault.hint) for fault in wanted.faults] == [True]
    fresh = source_for(Settings(git.desired, committed=True))()
    assert (fresh.stacks, len(fresh.faults)) == ((), 1)


def test_with_committed_a_merge_or_rebase_keeps_the_commit_it_began_at_and_says_so(git: Git) -> None:
    git("checkout", "--quiet", "-b", "other")
    git.commit(b=file("b:1"))
    git.commit(a=file("a:theirs"))
    git("checkout", "--quiet", "main")
    began = git.commit(a=file("a:ours"))
    read = source_for(Settings(git.desired, committed=True))
    for begin in ("merge", "rebase"):
        git(begin, "other", fails=True)
        for reader in (read, source_for(Settings(git.desired, committed=True))):
            wanted = reader()
            assert images(wanted) == ["a:ours"]
            assert wanted.revision is not None
            assert (wanted.revision.commit, wanted.revision.during) == (began, begin)
            assert [f"in the middle of a {begin}" in warning.message for warning in wanted.warnings] == [True]
        git(begin, "--abort")
        assert read().warnings == ()
    git("rebase", "other", fails=True)
    git.write("desired/a.yaml", file("a:both"))
    git("add", "--all")
    git("rebase", "--continue")
    assert (sorted(images(read())), read().warnings) == (["a:both", "b:1"], ())


def test_with_committed_a_link_to_the_folder_leads_where_the_commit_says(git: Git) -> None:
    git.write("envs/prod/a.yaml", file("prod:1"))
    git.write("envs/test/a.yaml", file("test:1"))
    link = git.top / "current"
    link.symlink_to("envs/prod")
    git.commit()
    read = source_for(Settings(link, committed=True))
    assert (images(read()), str(read().revision)) == (["prod:1"], git.head[:7])
    link.unlink()
    link.symlink_to("envs/test")
    assert (images(read()), str(read().revision)) == (["prod:1"], f"{git.head[:7]} (dirty)")
    git.commit()
    assert (images(read()), str(read().revision)) == (["test:1"], git.head[:7])
    link.unlink()
    link.symlink_to("nowhere")
    git.commit()
    assert ["holds no folder current" in fault.message for fault in read().faults] == [True]


def test_a_link_that_git_knows_nothing_of_leads_where_it_leads(git: Git, tmp_path: Path) -> None:
    git.write("other/a.yaml", file("other:1"))
    git.commit()
    link = tmp_path / "link"
    for committed in (True, False):
        read = source_for(Settings(link, committed=committed))
        for folder, image in (("desired", "a:1"), ("other", "other:1")):
            link.unlink(missing_ok=True)
            link.symlink_to(git.top / folder)
            assert (images(read()), str(read().revision)) == ([image], git.head[:7])


def test_with_committed_nothing_is_left_behind(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    assert images(source_for(Settings(git.desired, committed=True))()) == ["a:1"]
    assert list(private.iterdir()) == []
    private.rmdir()
    wanted = source_for(Settings(git.desired, committed=True))()
    assert ["TMPDIR" in fault.hint for fault in wanted.faults] == [True]
