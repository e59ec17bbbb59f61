"""Reading of one source of desired state: a stack from a file and the files that it names, with every fault of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from reconciler.compose import schema, short
from reconciler.compose.accepted_warnings import Accepted, unknown
from reconciler.compose.assembly import Assembly
from reconciler.compose.budget import SERVICE, Budget, Crowded, Exceeded
from reconciler.compose.dotenv import Dotenvs
from reconciler.compose.faults import Found
from reconciler.compose.files import FileRefused, Files
from reconciler.compose.footprint import Footprint
from reconciler.compose.lowering import objects
from reconciler.compose.lowering.service import services
from reconciler.compose.lowering.stack import Source
from reconciler.compose.reading_context import ReadingContext
from reconciler.desired.model import Dependency, Stack
from reconciler.errors import Fault
from reconciler.masks import Masks
from reconciler.passwords import NAME
from reconciler.records import dataclass
from reconciler.unforeseen import in_words
from reconciler.yaml.document import Document

SUFFIXES = {".yaml", ".yml"}
MOST_PORTS = 65_535
"""Ports of one file, with ranges expanded: they take half a second to read."""
MOST_MASKED = 2_000_000
"""Values times faults: each value is searched for in each fault."""
FOLDERS = {"PWD", "OLDPWD"}
"""Variables of every shell that are named like secrets and hold none."""
_STACK_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*\Z")
_STAND_INS: Mapping[str, Mapping[str, object]] = {
    "services": {"image": "stand-in"},
    "networks": {},
    "volumes": {},
    "configs": {"external": True},
    "secrets": {"external": True},
}


@dataclass(frozen=True, slots=True)
class Read:
    """One source as it was last read; ``stack`` is None if it has faults."""

    footprint: Footprint
    stack: Stack | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    values: int = 0
    text: int = 0
    """Characters that it took of its budget."""
    crowded: bool = False
    """Whether other stacks left too little of the pool for it."""


def read_source(file: Path, around: ReadingContext) -> Read:
    """Read the stack of ``file``, a path below the root's. Never raises for bad input."""
    root, environ, defaults = around.root, around.environ, around.defaults
    name = file.relative_to(root.path).as_posix()
    own: dict[str, str] = {}
    budget, found, crowded = Budget(around.pool), Found(), False
    files = Files(root, file.parent, environ.get("HOME", "/"), budget)
    try:
        own = _dotenv(files, name, around.dotenvs, found, budget)
        variables = {**own, **environ}
        source = _assembled(root.path, files, file, variables, found)
        stack = _lowered(replace(source, defaults=defaults)) if source else None
    except Exceeded as error:
        found.faults.append(Fault(*error.place, str(error), error.hint))
        stack, crowded = None, isinstance(error, Crowded)
    except (OSError, RuntimeError, ValueError) as error:  # errors of a file system about names, links and permissions
        found.fault_at((name, 1, 1), f"can't be read: {error}", "look at the file, and at those that it names")
        stack = None
    except Exception as error:  # a bug that one file triggers leaves the others, and its own last good state, in force
        found.fault_at((name, 1, 1), f"can't be read: {in_words(error)}", "the file's last good state stays in force")
        stack = None
    faults, warnings = (_unquoted(each, own, environ) for each in (found.faults, found.warnings))
    around.pool.charge(budget.values, budget.text)
    stack = None if faults else stack
    return Read(files.footprint, stack, faults, warnings, budget.values, budget.text, crowded)


def _unquoted(faults: Sequence[Fault], own: Mapping[str, str], environ: Mapping[str, str]) -> tuple[Fault, ...]:
    """Return the faults with the values of variables masked, because a fault may quote a value that is in the wrong
    place: all variables of a ``.env``, and those of the environment that are named like secrets."""
    if not faults:
        return ()
    named = {name: value for name, value in environ.items() if NAME.search(name) and name not in FOLDERS}
    masks = Masks.of_variables({**named, **own})
    most = max(20, MOST_MASKED // (len(masks.values) + 1))
    shown = [replace(fault, message=masks.over(fault.message), hint=masks.over(fault.hint)) for fault in faults[:most]]
    if len(faults) > most:
        last = shown[-1]
        message = f"{len(faults) - most} more aren't listed: .env has too many values to hide in them"
        shown.append(Fault(last.file, last.line, last.column, message, "fix these first"))
    return tuple(shown)


def _assembled(root: Path, files: Files, file: Path, variables: Mapping[str, str], found: Found) -> Source | None:
    """Return what a stack is lowered from; None if it can't be assembled, and ``found`` says why."""
    assembly = Assembly(files, file.parent.relative_to(root), found, files.budget)
    whole = assembly.whole(file.name, _override(files, file), variables)
    if whole is None:
        return None
    found.document = Document.of(whole)
    services = found.document.data.get("services")
    if isinstance(services, dict):
        files.budget.spend_values(SERVICE * len(services), found.document.key_at(("services",)))
    parsed = _validated(found.document.data, found)
    if parsed is None:
        return None
    stack = _stack_name(file, root, parsed, found)
    chosen, left_out = _chosen(parsed, variables)
    name = file.relative_to(root).as_posix()
    return Source(stack, name, chosen, found, files, variables, left_out)


def _chosen(file: schema.File, variables: Mapping[str, str]) -> tuple[schema.File, frozenset[str]]:
    """Return the file without the services whose profiles ``COMPOSE_PROFILES`` doesn't select (Compose
    Specification, 15)."""
    asked = {name.strip() for name in variables.get("COMPOSE_PROFILES", "").split(",")}
    left_out = frozenset(
        key for key, service in file.services.items() if service.profiles and not asked & {*service.profiles, "*"}
    )
    services = {key: service for key, service in file.services.items() if key not in left_out}
    return file.model_copy(update={"services": services}), left_out


def _override(files: Files, file: Path) -> str | None:
    """Return the override file beside ``file`` that is merged over it: ``compose.override.yaml``, say."""
    names = (f"{file.stem}.override{suffix}" for suffix in sorted(SUFFIXES))
    return next((name for name in names if files.there(name)), None)


def _dotenv(files: Files, name: str, dotenvs: Dotenvs, found: Found, budget: Budget) -> dict[str, str]:
    if not files.there(".env"):
        return {}
    try:
        return dotenvs.parsed(files.text(".env"), files.named(".env"), found, budget)
    except FileRefused as error:
        found.fault_at((name, 1, 1), str(error), error.hint)
        return {}


def _validated(given: Mapping[str, object], found: Found) -> schema.File | None:
    data = {key: item for key, item in given.items() if item is not None}
    if (beyond := _beyond(data.get("services"))) is not None:
        found.fault(beyond, f"more than {MOST_PORTS} ports in one file", "publish fewer, or from several files")
        return None
    parsed: schema.File | None
    try:
        parsed = schema.File.model_validate(data)
    except ValidationError as error:
        found.take(error)
        parsed = _rest(data, error)
    if parsed is not None:
        found.accepted = Accepted.of(parsed)
        for path, message, hint in unknown(parsed):
            found.fault(path, message, hint)
        found.judge_keys(parsed)
    return parsed


def _beyond(services: object) -> tuple[str | int, ...] | None:
    """Return the path at which the file exceeds the limit of ports: a few characters can write a huge range."""
    left = MOST_PORTS
    for key, service in services.items() if isinstance(services, dict) else ():
        ports = service.get("ports") if isinstance(service, dict) else None
        for index, port in enumerate(ports if isinstance(ports, list) else ()):
            left -= short.how_many(port)
            if left < 0:
                return "services", key, "ports", index
    return None


def _rest(data: Mapping[str, object], error: ValidationError) -> schema.File | None:
    """Return the file without its invalid parts, so that the faults of the other parts are found too. For services,
    remove as little as possible; if that isn't enough, remove whole keys."""
    locs = [each["loc"] for each in error.errors(include_url=False)]
    for narrow in (True, False):
        rest: dict[str, object] = dict(data)
        for loc in locs:
            section, name = (*loc, None, None)[:2]
            part = rest.get(str(section))
            if section in _STAND_INS and name is not None and isinstance(part, dict):
                keys = loc[2:] if narrow else loc[2:3]
                rest[str(section)] = {**part, name: _with_stand_in(part.get(name), keys, _STAND_INS[str(section)])}
            else:
                rest.pop(str(section), None)
        with suppress(ValidationError):
            return schema.File.model_validate(rest)
    return None


def _with_stand_in(part: object, keys: Sequence[object], stand_in: Mapping[str, object]) -> Mapping[str, object]:
    """Return a service without the faulty values at ``keys``. For anything else return the stand-in, which keeps the
    name known."""
    if "image" in stand_in and isinstance(part, dict):
        return {**stand_in, **_without(part, keys)}
    return stand_in


def _without(part: Mapping[str, object], keys: Sequence[object]) -> dict[str, object]:
    """Return the part without the innermost key of the path. A list is removed whole, so that no item of it changes
    its index."""
    key, *rest = keys or (None,)
    inner = part.get(str(key))
    kept = {other: value for other, value in part.items() if other != key}
    if isinstance(inner, dict) and rest and rest[0] in inner:
        return {**kept, str(key): _without(inner, rest)}
    return kept


def _stack_name(file: Path, root: Path, parsed: schema.File, found: Found) -> str:
    name = parsed.name or (file.stem if file.parent == root else file.parent.name)
    if not _STACK_NAME.match(name):
        hint = "use letters, digits, - and _; `name:` in the file gives another than the file's own"
        found.fault(("name",), f"{name!r} can't be a stack's name", hint)
    return name


def _lowered(source: Source) -> Stack:
    return Stack(
        source.stack,
        source.name,
        services=tuple(services(source)),
        networks=tuple(objects.networks(source)),
        volumes=tuple(objects.volumes(source)),
        configs=tuple(objects.configs(source)),
        secrets=tuple(objects.secrets(source)),
        suspend=source.file.x_reconciler.suspend,
        depends_on=tuple(
            Dependency(other, needs.condition, needs.required)
            for other, needs in source.file.x_reconciler.depends_on.items()
        ),
        at=source.at(("x-reconciler", "depends_on")),
        accepts=source.found.accepted.everywhere,
    )
