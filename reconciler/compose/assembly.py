"""Assembly of all files of one stack: ``extends``, ``include``, override files, each with its own variables and
folder."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from dataclasses import field, replace
from functools import partial
from pathlib import Path

from reconciler.compose.budget import Budget
from reconciler.compose.dotenv import dotenv
from reconciler.compose.faults import Found
from reconciler.compose.files import FileRefused, Files
from reconciler.compose.interpolation import Interpolation, Unresolved, interpolate, missing
from reconciler.compose.merging import merge, settled
from reconciler.compose.relative_paths import rebased
from reconciler.records import dataclass
from reconciler.yaml.document import Item, Place, UnreadableYaml
from reconciler.yaml.parsing import load

DEEPEST = 64
"""Files that include one another, or services that extend one another, in a row."""
MOST_INCLUDES = 1_000
"""Includes of one stack; a file counts each time that it is included."""
SECTIONS = ("services", "networks", "volumes", "configs", "secrets")


@dataclass(frozen=True)
class FilePart:
    """One file. ``name`` and ``folder`` are relative to the folder of the stack's main file."""

    name: str
    folder: str
    environ: Mapping[str, str] = field(repr=False)


@dataclass
class Assembly:
    """Assembles one stack. ``shown`` is the main file's folder, relative to the desired folder."""

    files: Files
    shown: Path
    found: Found
    budget: Budget
    _includes: int = 0
    _endless: bool = False
    _trees: dict[tuple[str, str, int], tuple[FilePart, Item | None]] = field(default_factory=dict)
    """Trees that were read. The part is kept with each, so that the id of its environment isn't used again."""

    def whole(self, name: str, override: str | None, environ: Mapping[str, str]) -> Item | None:
        """Return the whole stack; None if nothing could be read."""
        item = self._file(FilePart(name, ".", environ), ())
        if item is not None and override is not None:
            over = self._file(FilePart(override, ".", environ), ())
            item = merge(item, over) if over else item
        return settled(item) if item else None

    def _file(self, part: FilePart, chain: tuple[str, ...]) -> Item | None:
        """Return a file with what it extends and includes; ``chain`` has the files that led to it."""
        item = self._tree(part)
        if item is None:
            return None
        services = item.value.get("services")
        if services and isinstance(services.value, dict):
            done = {key: self._extended(part, key, service, ()) for key, service in services.value.items()}
            item = replace(item, value={**item.value, "services": replace(services, value=done)})
        include = item.value.get("include")
        if include is None:
            return item
        item = replace(item, value={key: inner for key, inner in item.value.items() if key != "include"})
        for entry in include.value if isinstance(include.value, list) else [include]:
            item = self._included(part, entry, item, (*chain, part.name))
        return item

    def _tree(self, part: FilePart) -> Item | None:
        key = (part.name, part.folder, id(part.environ))
        if key not in self._trees:
            self._trees[key] = part, self._loaded(part)
        return self._trees[key][1]

    def _loaded(self, part: FilePart) -> Item | None:
        shown = os.path.normpath(self.shown / part.name)

        def tell(error: UnreadableYaml) -> None:
            self.found.fault_at(error.place, str(error), error.hint)

        try:
            item = load(self.files.text(part.name), shown, tell)
        except UnreadableYaml as error:
            tell(error)
            return None
        except FileRefused as error:
            self.found.fault_at((shown, *error.at), str(error), error.hint)
            return None
        if not isinstance(item.value, dict) or not item.value:
            what = "the file is empty" if not item.value else "a Compose file is a mapping"
            self.found.fault_at(item.at, what, "begin with `services:`; to remove a stack, remove its file")
            return None
        if (services := item.value.get("services")) and services.value is None:
            self.found.fault_at(services.at, "`services` is empty", "to remove a stack, remove its file")
        self.budget.spend_values(item.size(), item.at)
        put = _Putter(self.found, part.environ, self.budget)
        done = {key: inner if key.startswith("x-") else interpolate(inner, put) for key, inner in item.value.items()}
        return rebased(replace(item, value=done), part.folder)

    def _extended(self, part: FilePart, key: str, service: Item, chain: tuple[tuple[str, str], ...]) -> Item:
        """Return the service merged over the one that it extends, which may extend another."""
        extends = service.value.get("extends") if isinstance(service.value, dict) else None
        if extends is None:
            return service
        own = replace(service, value={each: item for each, item in service.value.items() if each != "extends"})
        wanted = extends.plain() if isinstance(extends.value, dict) else {"service": extends.value}
        name, file = wanted.get("service"), wanted.get("file")
        if not isinstance(name, str) or not isinstance(file, str | None) or wanted.keys() - {"service", "file"}:
            hint = "write {service: NAME} or {file: FILE, service: NAME}"
            self.found.fault_at(extends.at, "extends names a service, and perhaps the file it is in", hint)
            return _with_image(own, extends.at)
        other = self._other(part, file) if file else part
        here = (*chain, (part.name, key))
        if len(here) > DEEPEST or self._endless:
            self._refuse(extends.at, f"services extend one another more than {DEEPEST} deep", "extend fewer")
            return _with_image(own, extends.at)
        if (other.name, name) in here:
            circle = " → ".join(service for _, service in (*here, (other.name, name)))
            self.found.fault_at(extends.at, f"services extend one another in a circle: {circle}", "take one out")
            return _with_image(own, extends.at)
        base = self._service(other, name, extends.at)
        if base is None:
            return _with_image(own, extends.at)
        whole = self._extended(other, name, base, here)
        self.budget.spend_values(whole.size(), extends.at)
        return merge(whole, own, ("services", key))

    def _service(self, part: FilePart, name: str, at: Place) -> Item | None:
        if not self.files.there(part.name):
            self.found.fault_at(at, f"extends: {part.name} isn't there", "name a file beside this one, or below it")
            return None
        tree = self._tree(part)
        services = tree.value.get("services") if tree else None
        service: Item | None = services.value.get(name) if services and isinstance(services.value, dict) else None
        if service is None and tree is not None:
            where = os.path.normpath(self.shown / part.name)
            self.found.fault_at(at, f"extends: {where} has no service {name}", "name a service of that file")
        return service

    def _other(self, part: FilePart, file: str) -> FilePart:
        name = os.path.normpath(os.path.join(part.folder, file))
        return FilePart(name, os.path.dirname(name) or ".", part.environ)

    def _included(self, part: FilePart, entry: Item, into: Item, chain: tuple[str, ...]) -> Item:
        wanted = entry.plain() if isinstance(entry.value, dict) else {"path": entry.value}
        paths = wanted.get("path")
        paths = paths if isinstance(paths, list) else [paths]
        if not paths or not all(isinstance(path, str) for path in paths) or wanted.keys() - _INCLUDE:
            hint = "write a path, or {path: …, project_directory: …, env_file: …}"
            self.found.fault_at(entry.at, "include names files", hint)
            return into
        first = os.path.normpath(os.path.join(part.folder, paths[0]))
        given = wanted.get("project_directory")
        folder = os.path.normpath(os.path.join(part.folder, str(given))) if given else os.path.dirname(first) or "."
        environ = {**self._variables(part, folder, wanted.get("env_file"), entry.at), **part.environ}
        self.budget.spend_values(len(environ) // 10, entry.at)
        result: Item | None = None
        for path in paths:
            name = os.path.normpath(os.path.join(part.folder, path))
            if name in chain:
                circle = " → ".join((*chain, name))
                self.found.fault_at(entry.at, f"files include one another in a circle: {circle}", "take one out")
                continue
            self._includes += 1
            if len(chain) > DEEPEST or self._includes > MOST_INCLUDES or self._endless:
                message = f"files include one another more than {DEEPEST} deep, or more than {MOST_INCLUDES} times"
                self._refuse(entry.at, message, "include fewer, each of them once")
                continue
            if not self.files.there(name):
                self.found.fault_at(entry.at, f"include: {name} isn't there", "name a file below the desired folder")
                continue
            item = self._file(FilePart(name, folder, environ), chain)
            result = merge(result, item) if result and item else item or result
        return self._joined(into, result) if result else into

    def _refuse(self, at: Place, message: str, hint: str) -> None:
        """Report a chain that is too long, as if it had no end. It is reported once, and not followed further."""
        if not self._endless:
            self.found.fault_at(at, message, hint)
        self._endless = True

    def _variables(self, part: FilePart, folder: str, env_file: object, at: Place) -> dict[str, str]:
        """Return the additional variables of included files: from ``env_file``, or the ``.env`` of their folder."""
        given = [env_file] if isinstance(env_file, str) else env_file if isinstance(env_file, list) else []
        names = [os.path.normpath(os.path.join(part.folder, str(name))) for name in given]
        if not names and self.files.there(os.path.join(folder, ".env")):
            names = [os.path.join(folder, ".env")]
        found: dict[str, str] = {}
        for name in names:
            try:
                text, known = self.files.text(name), {**found, **part.environ}
                found |= dotenv(text, self.files.named(name), known, self.found, self.budget)
            except FileRefused as error:
                self.found.fault_at(at, f"include: {error}", error.hint)
        return found

    def _joined(self, into: Item, included: Item) -> Item:
        """Add what is included. A name that both files have isn't merged, but must mean the same in both."""
        value = dict(into.value)
        for section in SECTIONS:
            theirs, ours = included.value.get(section), value.get(section)
            if theirs is None or theirs.value is None:
                continue
            if not isinstance(theirs.value, dict):
                hint = "write its keys below it, indented, as `key: value`"
                self.found.fault_at(theirs.at, f"{section} has to be a mapping", hint)
                continue
            mine = ours.value if ours and isinstance(ours.value, dict) else {}
            for key in theirs.value.keys() & mine.keys():
                if theirs.value[key].plain() != mine[key].plain():
                    where = "{}:{}:{}".format(*(theirs.value[key].key or theirs.value[key].at))
                    message = f"{section[:-1]} {key} is also in an included file, at {where}"
                    hint = "give one of the two another name, or override it in an override file"
                    self.found.fault_at(mine[key].key or mine[key].at, message, hint)
            value[section] = replace(ours or theirs, value={**theirs.value, **mine})
        options = included.value.get("x-reconciler")
        if options:
            hint = "say it in the file that includes this one"
            self.found.warn_at(options.key or options.at, "x-reconciler of an included file isn't honoured", hint)
        return replace(into, value=value)


_INCLUDE = {"path", "project_directory", "env_file"}


def _with_image(service: Item, at: Place) -> Item:
    """Return a service whose ``extends``, at ``at``, couldn't be followed, with a stand-in image: the image may come
    from the service that it extends, so its absence is no second fault."""
    return replace(service, value={"image": Item("stand-in", at), **service.value})


@dataclass(frozen=True)
class _Putter:
    """Puts variables in, and reports missing ones where they are used."""

    found: Found
    environ: Mapping[str, str] = field(repr=False)
    budget: Budget

    def __call__(self, text: str, at: Place) -> str:
        def unset(name: str) -> None:
            self.found.warn_at(at, *missing(name))

        try:
            return Interpolation(self.environ, unset, partial(self.budget.spend_text, at=at)).text(text)
        except Unresolved as error:
            self.found.fault_at(at, str(error), error.hint)
            return ""
