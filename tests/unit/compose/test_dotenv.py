"""The ``.env`` file, as ``docker compose config --environment`` of Compose 2.40 reads the same texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.compose import read
from reconciler.compose.budget import MOST_TEXT, Budget, Exceeded
from reconciler.compose.dotenv import dotenv
from reconciler.compose.faults import Found

ENVIRON = {"HOME": "/root"}
WEB = "services:\n  web: {image: busybox}\n"


def parsed(text: str, found: Found | None = None) -> dict[str, str]:
    found = found or Found()
    return dotenv(text, ".env", ENVIRON, found, Budget())


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("\ufeffA=1\n# B=2\n\n G = h\nD=", {"A": "1", "G": "h", "D": ""}),
        ("export C='x y'\nexport\tD=2", {"C": "x y", "D": "2"}),
        ("A: 1\nB:'2'\nc.d-e[0]=3\né1=4", {"A": "1", "B": "2", "c.d-e[0]": "3", "é1": "4"}),
        ('A=a # not this\nB=a#b\nC= # x\nD="a # b" # c', {"A": "a", "B": "a#b", "C": "# x", "D": "a # b"}),
        ("HOME\nNONE\nA=1", {"HOME": "/root", "A": "1"}),
        ("A=1\r\nB=2 \r\n", {"A": "1", "B": "2"}),
        ("A=\"one\ntwo\"\nB='three\nfour'", {"A": "one\ntwo", "B": "three\nfour"}),
        ('A="x" B=2', {"A": "x", "B": "2"}),
        ('A="1.0"\nB=${A}-x\nC=${NONE:-d}\nD=${A:+x}$A', {"A": "1.0", "B": "1.0-x", "C": "d", "D": "x1.0"}),
        ("HOME=/mine\nA=$HOME", {"HOME": "/mine", "A": "/root"}),
        ("A=$$B\nB=a$\nC=$1", {"A": "$B", "B": "a$", "C": "$1"}),
        ("A='$B ${'", {"A": "$B ${"}),
        (r'A="a\nb\t\\\"\$B\c"', {"A": 'a\nb\t\\"$B\\c'}),
        (r'A="\0101\07\0999\0"', {"A": "A\\7\\999\\"}),
        (r"A='it\'s \n \\'", {"A": r"it's \n \\"}),
        (r"A=\n", {"A": r"\n"}),
        ('A="="\nA=2', {"A": "2"}),
    ],
)
def test_what_compose_reads(text: str, variables: dict[str, str]) -> None:
    found = Found()
    assert parsed(text, found) == variables
    assert found.faults == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('KEY="-----BEGIN-----\\nabc\n\n', "1:5 the quote isn't closed"),
        ("A=1\n  B = 'x\n", "2:7 the quote isn't closed"),
        ("A=1\nB C=2", "2:1 characters not allowed in a variable's name"),
        ("well!", "1:1 characters not allowed in a variable's name"),
        ("=2", "1:1 a variable's name is missing"),
        ("A=\nB=${A:?no\n", "2:3 '${' without its closing brace"),
        ("B=${A?say}", "1:3 variable A is required and not set: say"),
        ('B="\n${1}"', "1:3 '${' without a variable's name"),
    ],
)
def test_what_compose_refuses_is_a_fault_at_its_place(text: str, told: str) -> None:
    found = Found()
    parsed(text, found)
    assert [f"{fault.line}:{fault.column} {fault.message}" for fault in found.faults] == [told]
    assert found.faults[0].hint


def test_every_statement_that_is_wrong_is_told() -> None:
    found = Found()
    assert parsed("A!\nB=1\nC ?=2\nD=$NONE", found) == {"B": "1", "D": ""}
    assert [fault.line for fault in found.faults] == [1, 3]
    assert [(fault.line, fault.column) for fault in found.warnings] == [(4, 3)]


def test_a_quote_that_is_not_closed_keeps_every_stack_beside_it(tmp_path: Path) -> None:
    lines = "\\n".join(["AbCdEfGh" * 8] * 2_000)
    (tmp_path / ".env").write_text(f'TLS_KEY="{lines}\n')
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(WEB)
    found = read(tmp_path, {})
    assert [str(fault).partition(" (")[0] for fault in found.faults] == [".env:1:9: the quote isn't closed"]
    assert found.broken == {"a.yaml", "b.yaml"}


def test_variables_that_multiply_are_refused() -> None:
    text = f"A={'x' * 1000}\n" + "".join(f"{chr(66 + i)}=${chr(65 + i)}${chr(65 + i)}\n" for i in range(24))
    with pytest.raises(Exceeded, match=str(MOST_TEXT)) as raised:
        parsed(text)
    assert raised.value.place[:2] == (".env", 14)


@given(st.text("AB= \n\t\"'#$\\{}:-?x", max_size=30))
def test_any_text_is_read_or_told(text: str) -> None:
    parsed(text)
