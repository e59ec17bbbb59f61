"""Hooks of MkDocs: pages that are files at the top of the project, and links that lead out of docs/.

CONTAINERIZATION.md and its neighbours stay where people look for them; the site shows them as pages of its own.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {
    "README.md": "index.md",
    "COMPOSE.md": "reference/compose.md",
    "CONTAINERIZATION.md": "guides/containers.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""File at the top of the project → page of the site."""
_LINK = re.compile(r"(!?)\[([^\[\]]{0,500})\]\(([^()\s]{1,500})\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files at the top of the project."""
    for source, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links at pages of the site, and turn links to other files of the project into their paths."""
    return links(markdown, page.file.src_uri)


def links(markdown: str, page: str) -> str:
    """Return the text of ``page`` with the links that it has on the site."""
    source = next((top for top, made in OUTSIDE.items() if made == page), f"docs/{page}")

    def link(match: re.Match[str]) -> str:
        picture, text, target = match.groups()
        path, sign, anchor = target.partition("#")
        if not path or "://" in path or path.startswith("mailto:"):
            return match[0]
        found = normpath(PurePosixPath(source).parent / path)
        if found in OUTSIDE:
            return f"{picture}[{text}]({_relative(OUTSIDE[found], page)}{sign}{anchor})"
        if found.startswith("docs/"):
            return f"{picture}[{text}]({_relative(found.removeprefix('docs/'), page)}{sign}{anchor})"
        return text if text.strip("`") == found else f"{text} (`{found}`)"

    return _LINK.sub(link, markdown)


def _relative(target: str, page: str) -> str:
    return relpath(target, PurePosixPath(page).parent.as_posix())
