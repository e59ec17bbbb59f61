"""What looks like a password in free text: arguments, labels, and what engines and programs say.

Pure. All patterns are linear: what repeats is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

HIDDEN = "••••"
"""Stands for a value that isn't shown."""
_NAMED = (
    r"(?:passw|passphrase|requirepass|[-_.]pass\b|pwd|(?<![a-z0-9])pw(?![a-z0-9])|secret|token|credential|"
    r"basic[-_.]?auth|authorization|(?:api|access|private|auth|account)[-_.]?key)"
)
NAME = re.compile(_NAMED, re.IGNORECASE)
"""In names whose values are secrets wherever they stand."""
PAIR = re.compile(
    rf"({_NAMED}[\w.-]{{0,64}})(\s{{0,4}}[=:]\s{{0,4}}|\s{{1,4}})(\"[^\"]{{0,4096}}\"|'[^']{{0,4096}}'|[^\s\"']{{1,4096}})",
    re.IGNORECASE,
)
"""The end of such a name, what joins it to its value, and that."""
OPTION = re.compile(r"(?<![\w.-])-[\w.-]*\Z")
"""The beginning of an option that ends here."""
LONGEST_NAME = 64
USERINFO = re.compile(r"([:/]/[^\s:/@\"']{0,256}:)([^\s\"']{1,256})@")
"""The password of an address: up to the last ``@``, for some hold one that isn't escaped. A path made of an address has
one slash left of its two."""
LOGIN = re.compile(r"(?<![\w.:/@-])([\w.-]{1,64}:)([^\s:/@\"']{1,256})@(?!sha\d{3}:)")
"""A user and password without a scheme before them, as some drivers take them. An image's digest follows its tag in the
same way."""
SCHEME = re.compile(r"\b((?:bearer|basic)\s{1,4})([\w.~+/=-]{6,4096})", re.IGNORECASE)
"""What a header lets somebody in by (RFC 6750, RFC 7617)."""
USER = re.compile(r"((?<!\S)(?:-u|--user)(?:=|\s{1,4})[^\s:\"']{1,64}:)([^\s\"']{1,256})")
"""A user and password as curl takes them."""
MYSQL = re.compile(r"((?:mysql|mariadb)[^\n|;&]{0,256}?\s-p)([^\s\"']{1,256})")
"""A password as MySQL's clients take it: without a blank before it."""
_SECOND = (LOGIN, SCHEME, USER, MYSQL)
"""Their second group is the password."""


def without_passwords(text: str) -> str:
    """Return the text without the passwords of addresses."""
    return USERINFO.sub(rf"\1{HIDDEN}@", text) if "@" in text else text


def partly(text: str) -> str:
    """Return an argument or a label without those, and without values of what is named like a secret."""
    text = without_passwords(text)
    for pattern in _SECOND:
        text = pattern.sub(rf"\1{HIDDEN}{'@' if pattern is LOGIN else ''}", text)
    return PAIR.sub(lambda found: _pair(found)[0], text)


def passwords(text: str) -> Iterator[str]:
    """Yield what ``partly`` hides in a text."""
    yield from (_pair(found)[1] for found in PAIR.finditer(text))
    yield from (found[2] for pattern in (USERINFO, *_SECOND) for found in pattern.finditer(text))


def after_options(words: Sequence[object]) -> Iterator[bool]:
    """Say of each word of a command whether it is a secret by the words before it: ``--password``, ``x``."""
    before, mysql = "", False
    for word in map(str, words):
        option = before.startswith("-") and "=" not in before and " " not in before
        named = option and NAME.search(before) and not word.startswith("-")
        login = before in {"-u", "--user"} and ":" in word
        yield bool(named or login or (mysql and len(word) > len("-p") and word.startswith("-p")))
        before, mysql = word, mysql or word.rpartition("/")[2].startswith(("mysql", "mariadb"))


def _pair(found: re.Match[str]) -> tuple[str, str]:
    """Return what is shown of a pair, and what isn't. A blank joins only an option to its value."""
    name, sign, value = found.groups()
    before = found.string[max(0, found.start() - LONGEST_NAME) : found.start()]
    bare = sign.isspace() and not name.startswith("-") and not OPTION.search(before)
    return (found[0], "") if bare or value.startswith("-") else (f"{name}{sign}{HIDDEN}", value.strip("\"'"))
