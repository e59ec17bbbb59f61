"""Real git repositories, made by git itself, with a configuration of their own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.files import put

OWN = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_EDITOR": "true",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


@dataclass(frozen=True)
class Git:
    """``git("commit", …)`` in one work tree."""

    top: Path

    @classmethod
    def init(cls, top: Path, *options: str) -> Git:
        top.mkdir(parents=True, exist_ok=True)
        git = cls(top)
        git("init", "--quiet", "--initial-branch=main", *options)
        return git

    def __call__(self, *arguments: str, fails: bool = False) -> str:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *arguments], cwd=self.top, env={**environ, **OWN}, capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) is fails, f"git {arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def write(self, path: str, text: str) -> Path:
        return put(self.top / path, text)

    def commit(self, **files: str) -> str:
        """Everything that is there, and ``files`` in ``desired/`` (``a=…`` is ``a.yaml``); the commit's name."""
        for name, text in files.items():
            self.write(f"desired/{name}.yaml", text)
        self("add", "--all")
        self("commit", "--quiet", "--allow-empty", "--message", "x")
        return self.head

    @property
    def head(self) -> str:
        return self("rev-parse", "HEAD")

    @property
    def desired(self) -> Path:
        return self.top / "desired"
