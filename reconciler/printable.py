"""Text from outside that is safe to print and to encode: names of files, and what engines and programs say."""

from __future__ import annotations

from collections.abc import Mapping

_BYTES = range(0xDC80, 0xDD00)
"""Code points that stand for bytes which aren't UTF-8 (PEP 383)."""
_SURROGATES = range(0xD800, 0xE000)


def printable(text: str, keep: str = "") -> str:
    """Return the text with every character escaped that a terminal doesn't show as one: bytes that aren't UTF-8
    (``\\xe9``), control characters, line ends, and marks that change the direction of writing. ``keep`` are left."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _escape(char) for char in text)


def encodable(value: object) -> object:
    """Return a JSON value in which each string can be encoded as UTF-8."""
    if isinstance(value, str):
        return "".join(_escape(char) if ord(char) in _SURROGATES else char for char in value)
    if isinstance(value, Mapping):
        return {encodable(key): encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [encodable(each) for each in value]
    return value


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code - 0xDC00:02x}" if code in _BYTES else char.encode("unicode_escape").decode()
