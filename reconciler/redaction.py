"""What may be shown and written down: the values of environments are secrets until proven otherwise.

The path of a value decides what it is. Pure: the salt of the fingerprints is passed in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from reconciler.passwords import HIDDEN, NAME, after_options, partly, without_passwords
from reconciler.records import dataclass


class Redact(StrEnum):
    """What is hidden. ``env``: environment values, options of drivers, and what looks like a password elsewhere."""

    NONE = "none"
    ENV = "env"
    ALL = "all"
    """Also arguments (command, entrypoint, health check) and labels."""

    def covers(self, other: Redact) -> bool:
        """Whether what was hidden under ``self`` is also hidden enough for ``other``."""
        order = list(Redact)
        return order.index(self) >= order.index(other)


class Nature(StrEnum):
    """What a value is, as far as hiding it is concerned."""

    PLAIN = "plain"
    SECRET = "secret"  # nosec B105 # a kind of value
    OPTION = "option"
    ARGUMENT = "argument"
    LABEL = "label"


class Hidden(str):
    """``••••``, with a fingerprint that tells two values apart within one process; without one where there is no salt,
    for then it could be guessed back."""

    __slots__ = ("fingerprint",)
    fingerprint: str

    @classmethod
    def of(cls, value: object, salt: bytes) -> Hidden:
        made = cls(HIDDEN)
        import hashlib  # most commands hide nothing

        text = json.dumps(value, sort_keys=True, default=str).encode()
        made.fingerprint = hashlib.blake2b(text, key=salt, digest_size=3).hexdigest() if salt else ""
        return made


OPTIONS = ("logging.options", "driver_opts", "ipam.options", "Options", "DriverOpts")
OPTION_PARTS = (".driver_opts", ".DriverOpts", ".Options", ".options.")
"""Options of drivers: a share's password, a log collector's token."""
ARGUMENTS = ("command", "entrypoint", "healthcheck", "probe")
ARGUMENT_PARTS = (".Args", ".Command", ".Healthcheck")
LABELS = ("labels", "deploy.labels", "Labels")
LABEL_PARTS = (".labels", ".Labels")
RESOLVER = (".DNSConfig", "dns")
"""Options of resolvers hold no secret."""
BOOKKEEPING = ("labels.io.reconciler.", "labels.com.docker.stack.")


@lru_cache(maxsize=4096)  # many values of many services have the same paths
def nature(path: str) -> Nature:
    """``path`` as in a ``Change``: a Compose path, or an API path of what no field names; or, with a leading dot, where
    a value stands in an Engine API object."""
    if _begins(path, RESOLVER):
        return Nature.PLAIN
    if _begins(path, ("environment",)) or ".Env" in path:
        return Nature.SECRET
    if _begins(path, OPTIONS) or any(part in path for part in OPTION_PARTS):
        return Nature.OPTION
    if _begins(path, LABELS) or any(part in path for part in LABEL_PARTS):
        return Nature.PLAIN if any(part in path.lower() for part in BOOKKEEPING) else Nature.LABEL
    if _begins(path, ARGUMENTS) or any(part in path for part in ARGUMENT_PARTS):
        return Nature.ARGUMENT
    return Nature.SECRET if path[:1].isupper() else Nature.PLAIN


def _begins(path: str, names: tuple[str, ...]) -> bool:
    bare = path.removeprefix(".TaskTemplate.ContainerSpec").removeprefix(".")
    return any(found == name or found.startswith(f"{name}.") for name in names for found in (path, bare, f".{bare}"))


HARMLESS = re.compile(r"\d{0,6}[bkmgs]?b?|true|false", re.IGNORECASE)
"""Options of drivers that are shown: amounts and switches."""
PLACES = (".Options.type", ".Options.device", ".DriverOpts.type", ".DriverOpts.device")
"""Of a volume: the kind of file system, and where it is."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """How values are shown. ``salt`` is of this process, and never leaves it."""

    level: Redact = Redact.ENV
    salt: bytes = field(default=b"", repr=False)

    def value(self, path: str, value: Any) -> Any:
        """As much of the value at ``path`` as may be shown."""
        return value if self.level is Redact.NONE else self._shown(path, value)

    def spec(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """An Engine API object as it may be shown."""
        return {name: self.value(f".{name}", value) for name, value in spec.items()}

    def whole(self, value: Any) -> Any:
        """A value that may hold anything."""
        return value if self.level is Redact.NONE or value is None else Hidden.of(value, self.salt)

    def hides(self, path: str) -> bool:
        """Whether a whole value at ``path`` is hidden."""
        kind = nature(path)
        if kind in {Nature.SECRET, Nature.OPTION}:
            return self.level is not Redact.NONE and not path.endswith(PLACES)
        return kind is not Nature.PLAIN and self.level is Redact.ALL

    def _shown(self, path: str, value: Any) -> Any:
        if value is None or isinstance(value, Hidden):
            return value
        if isinstance(value, Mapping):
            return {key: self._shown(f"{path}.{key}", item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return self._listed(path, list(value))
        if isinstance(value, str):
            return self._text(path, value)
        named = nature(path) is Nature.SECRET and not path[:1].isupper()
        return Hidden.of(value, self.salt) if named else value

    def _listed(self, path: str, value: list[Any]) -> Any:
        if path.endswith(".Env"):
            return [self._pair(str(each)) for each in value]
        if self.hides(path):
            return Hidden.of(value, self.salt) if value else value
        shown = [self._shown(path, each) for each in value]
        if nature(path) is not Nature.ARGUMENT:
            return shown
        return [HIDDEN if secret else said for said, secret in zip(shown, after_options(value), strict=True)]

    def _text(self, path: str, value: str) -> str:
        kind = nature(path)
        named = kind is Nature.LABEL and NAME.search(path)
        if kind is Nature.OPTION and (path.endswith(PLACES) or HARMLESS.fullmatch(value)):
            return without_passwords(value)
        if value and (self.hides(path) or named):
            return Hidden.of(value, self.salt)
        return without_passwords(value) if kind is Nature.PLAIN else partly(value)

    def _pair(self, entry: str) -> str:
        name, sign, value = entry.partition("=")
        return f"{name}={HIDDEN}" if sign and value else entry
