"""The desired folder, read: every stack that loads, and every fault of those that don't (rules 2 and 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from reconciler.compose import schema
from reconciler.compose.assembly import Assembly
from reconciler.compose.document import Document
from reconciler.compose.faults import Found
from reconciler.compose.files import Files, Refused
from reconciler.compose.interpolation import dotenv
from reconciler.compose.lowering import objects
from reconciler.compose.lowering.service import services
from reconciler.compose.lowering.stack import Source
from reconciler.compose.together import agree
from reconciler.desired.model import Dependency, Options, Stack
from reconciler.errors import Fault

SUFFIXES = {".yaml", ".yml"}
IN_FOLDERS = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_STACK_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")
_DEFAULTS = Options()
_STAND_INS: Mapping[str, Mapping[str, object]] = {
    "services": {"image": "stand-in"},
    "networks": {},
    "volumes": {},
    "configs": {"external": True},
    "secrets": {"external": True},
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Faults and warnings of all files at once, sorted. ``broken`` are the sources that don't load now; of those,
    ``stacks`` has the last good state."""

    stacks: tuple[Stack, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    broken: frozenset[str] = frozenset()
    chosen: Mapping[str, Stack] = field(default_factory=dict)
    """What to hand in as ``last_good`` the next time."""


def read(
    root: Path,
    environ: Mapping[str, str],
    last_good: Mapping[str, Stack] | None = None,
    defaults: Options = _DEFAULTS,
) -> Reading:
    """Never raises for bad input. ``environ`` goes before the ``.env`` beside a file; ``last_good`` is by source;
    ``defaults`` are the options of services that neither they nor their stack set."""
    last_good = last_good or {}
    try:
        sources = list(_sources(root))
    except OSError as error:
        message = (
            "the desired folder isn't there" if isinstance(error, FileNotFoundError) else f"can't be read: {error}"
        )
        fault = Fault(root.name, 0, 0, message, f"make {root}, or name another with --desired")
        return Reading(tuple(last_good.values()), (fault,), broken=frozenset(last_good))
    current: dict[str, Stack] = {}
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for file in sources:
        name = file.relative_to(root).as_posix()
        try:
            stack, found = _read_one(root, file, name, environ, defaults)
        except (OSError, RuntimeError, ValueError) as error:  # what a file system says of names, links and rights
            faults.append(Fault(name, 1, 1, f"can't be read: {error}", "look at the file, and at those that it names"))
            continue
        warnings += found.warnings
        faults += found.faults
        if stack is not None and not found.faults:
            current[name] = stack
    broken = frozenset(file.relative_to(root).as_posix() for file in sources) - current.keys()
    agreed = agree(current, broken, last_good)
    faults += agreed.faults
    warnings += agreed.warnings
    in_order = tuple(sorted(set(faults))), tuple(sorted(set(warnings)))
    return Reading(agreed.stacks, *in_order, agreed.broken, agreed.chosen)


def _sources(root: Path) -> Iterator[Path]:
    """Top-level YAML files, and the ``compose.yaml`` of each folder; hidden ones and overrides aside."""
    for entry in sorted(root.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            found = next((entry / name for name in IN_FOLDERS if (entry / name).is_file()), None)
            if found:
                yield found
        elif entry.suffix in SUFFIXES and not entry.stem.endswith(".override"):
            yield entry


def _read_one(
    root: Path, file: Path, name: str, environ: Mapping[str, str], defaults: Options
) -> tuple[Stack | None, Found]:
    files, found = Files(root, file.parent, environ.get("HOME", "/")), Found()
    variables = {**_dotenv(files, name, found), **environ}
    assembly = Assembly(files, file.parent.relative_to(root), found)
    whole = assembly.whole(file.name, _override(file), variables)
    if whole is None:
        return None, found
    found.document = Document.of(whole)
    parsed = _validated(found.document.data, found)
    if parsed is None:
        return None, found
    stack = _stack_name(file, root, parsed, found)
    chosen, left_out = _chosen(parsed, variables)
    return _lowered(Source(stack, name, chosen, found, files, variables, left_out, defaults)), found


def _chosen(file: schema.File, variables: Mapping[str, str]) -> tuple[schema.File, frozenset[str]]:
    """Without the services whose profiles aren't asked for by ``COMPOSE_PROFILES`` (Compose Specification, 15)."""
    asked = {name.strip() for name in variables.get("COMPOSE_PROFILES", "").split(",")}
    left_out = frozenset(
        key for key, service in file.services.items() if service.profiles and not asked & {*service.profiles, "*"}
    )
    services = {key: service for key, service in file.services.items() if key not in left_out}
    return file.model_copy(update={"services": services}), left_out


def _override(file: Path) -> str | None:
    """The file that goes over ``file`` where it stands beside it: ``compose.override.yaml``, say."""
    names = (f"{file.stem}.override{suffix}" for suffix in sorted(SUFFIXES))
    return next((name for name in names if (file.parent / name).is_file()), None)


def _dotenv(files: Files, name: str, found: Found) -> dict[str, str]:
    if not files.there(".env"):
        return {}
    try:
        return dotenv(files.text(".env"))
    except Refused as error:
        found.fault_at((name, 1, 1), str(error), error.hint)
        return {}


def _validated(given: Mapping[str, object], found: Found) -> schema.File | None:
    data = {key: item for key, item in given.items() if item is not None}
    parsed: schema.File | None
    try:
        parsed = schema.File.model_validate(data)
    except ValidationError as error:
        if found.faults:
            return None  # of a variable that isn't set: what the schema says of the gap it left would be noise
        found.take(error)
        parsed = _rest(data, error)
    if parsed is not None:
        found.judge_keys(parsed)
    return parsed


def _rest(data: Mapping[str, object], error: ValidationError) -> schema.File | None:
    """The file without the parts that are invalid, so that the faults of the others come to light too."""
    rest = dict(data)
    for loc in (each["loc"] for each in error.errors(include_url=False)):
        section, name, key = (*loc, None, None, None)[:3]
        part = rest.get(str(section))
        if section in _STAND_INS and name is not None and isinstance(part, dict):
            rest[str(section)] = {**part, name: _mended(part.get(name), key, _STAND_INS[str(section)])}
        else:
            rest.pop(str(section), None)
    try:
        return schema.File.model_validate(rest)
    except ValidationError:
        return None


def _mended(part: object, key: object, stand_in: Mapping[str, object]) -> Mapping[str, object]:
    """A service keeps its other keys. Of anything else, the stand-in does, for it keeps the name known."""
    if "image" in stand_in and isinstance(part, dict):
        return {**stand_in, **{other: value for other, value in part.items() if other != key}}
    return stand_in


def _stack_name(file: Path, root: Path, parsed: schema.File, found: Found) -> str:
    name = parsed.name or (file.stem if file.parent == root else file.parent.name)
    if not _STACK_NAME.match(name):
        hint = "use lower-case letters, digits, - and _; `name:` in the file gives another than the file's own"
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
    )
