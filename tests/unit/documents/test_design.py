"""Rules that the code names by number are in docs/design.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
CITED = re.compile(r"\brules?\s+(\d+(?:(?:\s*,\s*|\s+and\s+|\s+to\s+|-)\d+)*)", re.IGNORECASE)


def cited() -> Iterator[tuple[str, int]]:
    """Yield each citation in the code: file, and number."""
    for folder in ("reconciler", "tests", "hack"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for match in CITED.finditer(file.read_text()):
                yield from ((file.relative_to(ROOT).as_posix(), int(n)) for n in re.findall(r"\d+", match[1]))


def test_every_rule_that_the_code_names_is_in_the_design() -> None:
    headings = re.findall(r"^#### Rule (\d+): \S", (ROOT / "docs/design.md").read_text(), re.MULTILINE)
    assert headings == [str(number) for number in range(1, 26)]
    found = list(cited())
    assert len(found) > 10
    assert [(file, number) for file, number in found if str(number) not in headings] == []


def test_every_room_is_in_the_house() -> None:
    table = (ROOT / "docs/design.md").read_text().partition("## The house")[2].partition("\n## ")[0]
    rooms = {package.parent.name for package in (ROOT / "reconciler").glob("*/__init__.py")}
    assert sorted(room for room in rooms if f"`reconciler/{room}/`" not in table) == []


def test_citations_are_found_in_every_form() -> None:
    text = "By rule 4, (rules 2 and 3), rules 12-15; design\nrule\n7."
    assert [match[1] for match in CITED.finditer(text)] == ["4", "2 and 3", "12-15", "7"]
