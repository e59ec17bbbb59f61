"""The two parsers that files are read by give the same, and none takes long over what is made to take long."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from reconciler.yaml import parsing
from reconciler.yaml.document import Item, UnreadableYaml
from reconciler.yaml.parsing import load

CASES = Path(__file__).parents[2] / "cases"
TEXTS = sorted(text for path in CASES.rglob("*.yaml") if (text := path.read_text()).isascii() and "\t" not in text)
PIECES = [
    *("- ", ": ", "? ", "&a ", "*a", "!!str ", "!x ", "|\n", ">\n", "[", "]", "{", "}", ",", " #", "'", '"', "\\"),
    *("\n", "\n  ", "<<: *a", "010", "0x1F", "1_000", "yes", "~", "null", "1e3", ".5", "%", "@", "---\n", "a: b"),
]


def shape(item: Item) -> Any:
    """An item with its places. Where an empty value stands, or a key with an anchor or tag before it, the parsers may
    tell a column apart."""
    key = item.key and item.key[:2]
    if isinstance(item.value, dict):
        return item.at, key, item.tag, {name: shape(inner) for name, inner in item.value.items()}
    if isinstance(item.value, list):
        return item.at, key, item.tag, [shape(inner) for inner in item.value]
    return item.at if item.value is not None else None, key, item.tag, repr(item.value)


@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_libyaml_reads_what_the_parser_in_python_reads(text: str, rng: random.Random) -> None:
    for _ in range(rng.randint(0, 3)):
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(PIECES) + text[at + rng.choice((0, 0, 1, 5)) :]
    try:
        list(YAML(typ="safe").compose_all(text))
        thorough: Any = _by(pure=True, text=text)
    except YAMLError:
        return  # one of the two refuses it; docker's own parser is a libyaml
    assert _by(pure=False, text=text) == thorough


def _by(*, pure: bool, text: str) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        if pure:
            patch.setattr(parsing, "YAML", lambda typ, pure=True: YAML(typ=typ, pure=True))
        try:
            return shape(load(text, "file"))
        except UnreadableYaml as error:
            if isinstance(error.__cause__, YAMLError):
                raise error.__cause__ from error
            return str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n" * 200_000, "characters"),
        ("a: [" + "1," * 240_000, "commas"),
        ("[" * 100_000, "nested too deeply"),
        ("? " * 100_000, "nested too deeply"),
        ("".join(" " * depth + "a:\n" for depth in range(990)), "nested too deeply"),
        ("".join(" " * depth + "-\n" for depth in range(990)), "nested too deeply"),
        ("a0: &a0 [1,1,1,1]\n" + "".join(f"a{n + 1}: &a{n + 1} [{f'*a{n},' * 10}]\n" for n in range(9)), "values"),
        (
            "a0: &a0 {a: 1}\n" + "".join(f"a{n + 1}: &a{n + 1} {{<<: [{f'*a{n},' * 9}]}}\n" for n in range(9)),
            "values",
        ),
        (f"a: &a {{{', '.join(f'k{n}: 1' for n in range(999))}}}\nb: {{<<: [{'*a,' * 999}]}}", "values"),
        ("a: &a [*a]", "stands for itself"),
        ('a: "' + "x" * 400_000, "unexpected end of stream"),
        ("a:\n" + "  - - b\n" * 12_000 + " c: d\n", "did not find"),  # libyaml's word: Python's isn't asked
    ],
    ids=lambda given: given[:16],
)
def test_what_is_made_to_take_long_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(UnreadableYaml, match=words):
        load(text, "file")
