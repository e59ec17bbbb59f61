"""Questions about a git checkout. They run in a process of their own (``worker``), because anybody who can push writes
git's data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from reconciler.commits.checkout import OPERATIONS, Checkout, Head, Seen
from reconciler.commits.contents import Contents, contents, write_out
from reconciler.commits.model import SHORT, Broken, Key, Revision
from reconciler.commits.worktree import WorkTree
from reconciler.errors import Fault

INNER = tuple(mark for mark, _, _ in OPERATIONS if "/" in mark)
"""Files that show an operation under way if the stamp of the git directory doesn't."""
SHARED = ("packed-refs", "reftable/tables.list")
"""Where git may keep HEAD's branch, besides a file of its own."""


@dataclass
class Answers:
    """Each method answers one question, and raises ``Broken``. What a commit holds is remembered between questions."""

    _work_tree: tuple[Path, WorkTree] | None = None
    _known: tuple[Key, Path, Contents | None] | None = None

    def revision(self, desired: Path) -> Revision | None:
        """Return the commit that ``desired`` is at; None outside of git, and before the first commit."""
        checkout = Checkout.holding(desired)
        if checkout is None:
            return None
        with checkout.opened() as repo:
            head = Head.of(repo)
            if not head.commit:
                return None
            held = self._contents(checkout, (head.commit, checkout.named))
            # No commit says anything of a folder that it doesn't hold, so the folder differs, even if git ignores it.
            dirty = held is None or self._tree(desired).differs(repo, checkout, held.files)
        return Revision(head.commit, dirty, head.during)

    def committed(self, desired: Path) -> tuple[Revision, Key]:
        """Return the commit that counts, and what identifies the contents of ``desired`` in it."""
        checkout = _holding(desired)
        with checkout.opened() as repo:
            head = Head.of(repo)
            commit = head.counts
            if not commit:
                raise Broken("nothing is committed yet", f"commit {desired}, or leave --committed out")
            key = commit, checkout.named
            held = self._held(checkout, key)
            return Revision(commit, self._tree(desired).differs(repo, checkout, held.files), head.during), key

    def lay_out(self, desired: Path, key: Key, into: Path) -> list[Fault]:
        """Write what the commit holds of ``desired`` into an empty folder."""
        checkout = _holding(desired)
        with checkout.opened() as repo:
            return write_out(repo, self._held(checkout, key), into)

    def seen(self, root: Path) -> Seen:
        """Return where HEAD is, and the files that change when it moves."""
        checkout = Checkout.holding(root)
        if checkout is None:
            return Seen()
        with checkout.opened() as repo:
            from dulwich.refs import Ref

            git, common = repo.controldir(), os.path.normpath(repo.commondir())
            names = [ref.decode() for ref in repo.refs.follow(Ref(b"HEAD"))[0]]
            head = Head.of(repo)
        if Checkout.holding(root) != checkout:
            raise Broken("the checkout vanished while it was read", "put it back")
        # The directory's own stamp changes with every name in it that comes or goes: MERGE_HEAD, rebase-merge, …
        own = [os.path.join(git, name) for name in ("", *SHARED, *INNER, *names)]
        own += [os.path.join(common, name) for name in (*SHARED, *names)]
        return Seen(head, checkout, tuple(dict.fromkeys((str(root), str(checkout.top / ".git"), *own))))

    def _held(self, checkout: Checkout, key: Key) -> Contents:
        held = self._contents(checkout, key)
        if held is None:
            hint = "commit the folder, or name another with --desired"
            raise Broken(f"commit {key[0][:SHORT]} holds no folder {key[1]}", hint)
        return held

    def _contents(self, checkout: Checkout, key: Key) -> Contents | None:
        if self._known is None or self._known[:2] != (key, checkout.top):
            with checkout.opened() as repo:
                self._known = key, checkout.top, contents(repo, *key)
        return self._known[2]

    def _tree(self, desired: Path) -> WorkTree:
        if self._work_tree is None or self._work_tree[0] != desired:
            self._work_tree = desired, WorkTree()
        return self._work_tree[1]


def _holding(desired: Path) -> Checkout:
    checkout = Checkout.holding(desired)
    if checkout is None:
        raise Broken("the folder is no longer in a git checkout", "put it back, or leave --committed out")
    return checkout
