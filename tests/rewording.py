"""The words of causes, changed at run time: no decision may depend on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import cast

from reconciler.causes import words
from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts

Table = MutableMapping[Cause, Callable[[Facts], str]]
TABLES = tuple(cast(Table, table) for table in (words.WORDS, words.HELD))
AS_WRITTEN = tuple(dict(table) for table in TABLES)


def reword() -> None:
    """Give each cause other words. They have nothing in common with ours save what the facts quote."""
    for table in TABLES:
        table.update({cause: other_words(cause) for cause in Cause})


def other_words(cause: Cause) -> Callable[[Facts], str]:
    return lambda facts: f"<{cause.name}> {facts.given()}"


@contextmanager
def as_written() -> Iterator[None]:
    """Give the words that the product has while the block runs: for a test that says in words what cause and facts are
    to be."""
    with _kept():
        _put(AS_WRITTEN)
        yield


@contextmanager
def in_other_words() -> Iterator[None]:
    with _kept():
        reword()
        yield


@contextmanager
def _kept() -> Iterator[None]:
    now = tuple(dict(table) for table in TABLES)
    try:
        yield
    finally:
        _put(now)


def _put(contents: tuple[dict[Cause, Callable[[Facts], str]], ...]) -> None:
    for table, content in zip(TABLES, contents, strict=True):
        table.clear()
        table.update(content)
