"""The generated pages of docs/reference/ are current and whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from hack.reference import PAGES
from hack.reference.of_commands import EXIT_CODES
from reconciler.cli.catalogue import COMMANDS
from reconciler.verdict.model import Verdict

REFERENCE = Path(__file__).parents[3] / "docs/reference"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_current(page: str) -> None:
    """``make schema`` writes it."""
    assert (REFERENCE / page).read_text() == PAGES[page]()


def test_every_command_has_its_exit_codes() -> None:
    assert set(EXIT_CODES) == set(COMMANDS)


def test_every_verdict_is_explained() -> None:
    rows = [
        line.split("|")[1].strip() for line in (REFERENCE / "verdicts.md").read_text().splitlines() if "| `" in line
    ]
    assert rows == [f"`{verdict}`" for verdict in Verdict]
