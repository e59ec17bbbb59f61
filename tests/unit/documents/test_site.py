"""The site builds strictly, from what is installed, and asks nobody for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hack.site import OUTSIDE, links

ROOT = Path(__file__).parents[3]
ALONE = ["unshare", "--net"]
"""Runs a program without a network, where this user may."""
FETCHED = re.compile(r"<(?:script|link|img|iframe)\b[^<>]{0,2000}?\b(?:src|href)=[\"']?(?:https?:)?//", re.IGNORECASE)


def test_the_site_builds_without_a_network(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    if subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0:
        command = [*ALONE, *command]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 15
    assert [page.name for page in pages if FETCHED.search(page.read_text())] == []


@pytest.mark.parametrize(
    ("page", "text", "becomes"),
    [
        ("index.md", "[Start](docs/start.md)", "[Start](start.md)"),
        ("index.md", "[C](CONTAINERIZATION.md#moving-in)", "[C](guides/containers.md#moving-in)"),
        ("guides/adopt.md", "[C](../../COMPOSE.md)", "[C](../reference/compose.md)"),
        ("guides/adopt.md", "![a](../screens/back.svg)", "![a](../screens/back.svg)"),
        ("start.md", "[examples/reconciler.service](../examples/reconciler.service)", "examples/reconciler.service"),
        ("index.md", "[beside its peers](hack/bench/RESULTS.md)", "beside its peers (`hack/bench/RESULTS.md`)"),
        ("start.md", "[here](#the-words)", "[here](#the-words)"),
    ],
)
def test_links_lead_to_pages_of_the_site(page: str, text: str, becomes: str) -> None:
    assert links(text, page) == becomes


def test_files_at_the_top_are_pages() -> None:
    assert [top for top in OUTSIDE if not (ROOT / top).is_file()] == []
