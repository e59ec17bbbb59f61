"""What documents name is there: files of the project, targets of links, and targets of make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted(
    file.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md")
    for file in ROOT.glob(pattern)
)
NAMED = re.compile(r"`((?:reconciler|tests|hack|docs|schemas|examples)/[\w./-]{0,200})`")
LINKED = re.compile(r"\]\(([^()\s#]{1,300})(?:#[^()\s]{0,200})?\)")
CHANGES = 10
"""Of a newcomer, in CONTRIBUTING.md."""


def test_documents_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/design.md", "docs/guides/adopt.md"} <= set(DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_names_is_there(document: str) -> None:
    named = set(_paths(ROOT / document))
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_each_change_of_a_newcomer_has_its_file() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text().partition("## Where do I change")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    assert len(rows) >= CHANGES
    assert [row for row in rows if not NAMED.search(row.split("|")[2])] == []


def test_the_commit_that_adds_a_key_is_as_shown() -> None:
    """Each line that it adds is in the file, and no line that it removes."""
    diff = (ROOT / "CONTRIBUTING.md").read_text().partition("```diff\n")[2].partition("\n```")[0]
    changes = [part.splitlines() for part in re.split(r"^\+\+\+ b/", diff, flags=re.MULTILINE)[1:]]
    assert len(changes) == 3
    for file, *lines in changes:
        text = (ROOT / file).read_text().splitlines()
        assert [line for line in lines if line[0] in "+ " and line[1:] not in text] == []
        assert [line for line in lines if line[0] == "-" and line[:3] != "---" and line[1:] in text] == []


def test_the_targets_of_make_that_are_named_are_there() -> None:
    there = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"(?:`|^)make\s(\w+)", text, re.MULTILINE))
    assert {"check", "test", "docs", "dist"} <= named
    assert sorted(named - there) == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= 6_000


def test_hooks_for_commits_fetch_nothing() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"repo: (\S+)", text) == ["local"]


def _paths(document: Path) -> Iterator[str]:
    text = document.read_text()
    yield from NAMED.findall(text)
    for target in LINKED.findall(text):
        if "://" not in target:
            yield (document.parent / target).resolve().relative_to(ROOT).as_posix()
