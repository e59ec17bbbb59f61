"""Lowers the plain keys of the table (``reconciler.spec``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from reconciler.compose import schema
from reconciler.desired.model import Spec
from reconciler.records import dataclass
from reconciler.spec.forms import Form
from reconciler.spec.key import Empty, Key
from reconciler.spec.network import NETWORK
from reconciler.spec.paths import Api, put
from reconciler.spec.service import SERVICE


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key of the table, with values computed once for all services."""

    name: str
    api: Api
    form: Form
    sent: bool
    """Whether an empty value is sent too."""


def _by_parent(table: Iterable[Key]) -> Mapping[tuple[str, ...], tuple[_Entry, ...]]:
    found: dict[tuple[str, ...], tuple[_Entry, ...]] = {}
    for key in table:
        parent = tuple(key.parent.split(".")) if key.parent else ()
        entry = _Entry(key.name, key.api, key.form, key.empty is not Empty.LEFT_OUT)
        found[parent] = (*found.get(parent, ()), entry)
    return found


_SERVICE, _NETWORK = _by_parent(SERVICE), _by_parent(NETWORK)


def put_keys(spec: Spec, given: schema.Service | schema.Network) -> None:
    """Put the plain keys of a service or network in a file into its spec."""
    table = _SERVICE if isinstance(given, schema.Service) else _NETWORK
    for parent, entries in table.items():
        holder = _holder(given, parent)
        for entry in entries if holder is not None else ():
            value = getattr(holder, entry.name)
            if value or (entry.sent and value is not None):
                put(spec, entry.api, entry.form.lowered(value))


def _holder(model: BaseModel, parent: tuple[str, ...]) -> Any:
    found: Any = model
    for name in parent:
        found = getattr(found, name, None)
    return found
