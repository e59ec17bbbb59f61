"""Parking: a service is stopped while one of its networks is replaced, with a note on it of how it was.

Swarm removes no network that a service names, and any update of a job runs it again. A parked service doesn't name
the network and wants no task: replicas are 0, and a global service is placed where no node is. The note, a label,
holds its mode and the networks taken from it, so that whoever leads next can put them back. A job that had completed
stays parked until its file changes, because it must not run again.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Mapping
from typing import Any

from reconciler import labels
from reconciler.desired.model import Spec
from reconciler.records import dataclass

NOWHERE = "node.id==reconciler-parked"
"""A constraint that no node meets."""
LONGEST = 64 * 1024
"""Most characters of a note; a longer one isn't ours."""
_NUMBERS = {
    "Replicated": ("Replicas",),
    "ReplicatedJob": ("MaxConcurrent", "TotalCompletions"),
    "Global": (),
    "GlobalJob": (),
}


@dataclass(frozen=True, slots=True)
class Parked:
    """The content of a note: the former mode, the attachments taken away, and whether it is a job that is done."""

    mode: Spec
    networks: tuple[Spec, ...]
    done: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(str(network["Target"]) for network in self.networks)

    @property
    def wanted(self) -> int:
        """How many tasks it wants, if its mode has a number."""
        numbers = next(iter(self.mode.values()))
        return int(numbers.get("TotalCompletions") or numbers.get("MaxConcurrent") or numbers.get("Replicas", 1))


def park(spec: Spec, networks: Collection[str], *, done: bool = False) -> Spec:
    """Return the spec without ``networks`` and without tasks, and with the note."""
    before = parked(spec)
    parked_spec = copy.deepcopy(spec if before is None else resumed(spec))
    task = parked_spec["TaskTemplate"]
    attachments = list(task.get("Networks") or parked_spec.pop("Networks", None) or [])
    gone = {*networks, *(before.names if before else ())}
    taken = [each for each in attachments if each.get("Target") in gone]
    kept = [each for each in attachments if each.get("Target") not in gone]
    task.pop("Networks", None)
    if kept:
        task["Networks"] = kept
    mode = parked_spec.get("Mode") or {"Replicated": {"Replicas": 1}}
    name, numbers = next(iter(mode.items()))
    numbers = dict(numbers or {}) or ({"Replicas": 1} if name == "Replicated" else {})
    if name.startswith("Global"):
        placement = task["Placement"] = dict(task.get("Placement") or {})
        placement["Constraints"] = [*(placement.get("Constraints") or []), NOWHERE]
    parked_spec["Mode"] = {name: dict.fromkeys(_NUMBERS[name], 0)}
    note = {"mode": {name: numbers}, "networks": taken, "done": done}
    parked_spec["Labels"] = {**(spec.get("Labels") or {}), labels.PARKED: json.dumps(note, sort_keys=True)}
    return parked_spec


def parked(spec: Spec) -> Parked | None:
    """Return the note on a service, if there is a readable one: anybody can write a label."""
    text = labels.of(spec, labels.PARKED)
    if not text or len(text) > LONGEST:
        return None
    try:
        note = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(note, dict):
        return None
    mode, networks = _mode(note.get("mode"), spec), _networks(note.get("networks"))
    return None if mode is None or networks is None else Parked(mode, networks, note.get("done") is True)


def resumed(spec: Spec, *, attached: bool = True) -> Spec:
    """Return the spec as it was before parking, without the note; without its networks unless ``attached``."""
    note = parked(spec)
    if note is None:
        return spec
    result = {**spec, "Mode": copy.deepcopy(note.mode), "TaskTemplate": dict(spec["TaskTemplate"])}
    result["Labels"] = {label: text for label, text in spec["Labels"].items() if label != labels.PARKED}
    task = result["TaskTemplate"]
    if next(iter(note.mode)).startswith("Global"):
        placement = task["Placement"] = dict(task.get("Placement") or {})
        placement["Constraints"] = [each for each in placement.get("Constraints") or [] if each != NOWHERE]
    if attached and note.networks:
        task["Networks"] = [*(task.get("Networks") or []), *copy.deepcopy(list(note.networks))]
    return result


def _mode(said: Any, spec: Spec) -> Spec | None:
    """Return the mode in a note, if it is of the same kind as the service's."""
    kind = next(iter(spec.get("Mode") or {"Replicated": {}}))
    numbers = said.get(kind) if isinstance(said, dict) and set(said) == {kind} else None
    known = _NUMBERS.get(kind, ())
    if not isinstance(numbers, dict) or not set(numbers) <= set(known):
        return None
    whole = all(type(number) is int and 0 <= number < 2**31 for number in numbers.values())
    return {kind: numbers} if whole else None


def _networks(said: Any) -> tuple[Spec, ...] | None:
    return tuple(said) if isinstance(said, list) and all(map(_is_attachment, said)) else None


def _is_attachment(said: Any) -> bool:
    if not isinstance(said, dict) or not isinstance(said.get("Target"), str) or not said["Target"]:
        return False
    aliases, options = said.get("Aliases") or [], said.get("DriverOpts") or {}
    known = set(said) <= {"Target", "Aliases", "DriverOpts"}
    strings = isinstance(aliases, list) and all(isinstance(each, str) for each in aliases)
    return (
        known and strings and isinstance(options, Mapping) and all(isinstance(each, str) for each in options.values())
    )
