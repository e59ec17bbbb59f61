"""What registries say an image's tag stands for: asked on a forced pass, on a timer for what is tracked, and once
for each image that is new to a service (rule 7)."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from reconciler.aside import aside
from reconciler.desired.images import split
from reconciler.errors import Fault

if TYPE_CHECKING:
    from reconciler.desired.model import Service

Named = tuple[str, str]
"""The policy of a service, and the name of its image."""
Ask = Callable[[str], str | None]


class Digests:
    """``known`` has, by policy and image name, the digest that a registry gave; what none could tell isn't in it. Of
    one tag, services that track it may be ahead of those that pin it."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._asked_at: dict[Named, float] = {}
        self._told: dict[str, str | None] = {}
        self._turns: dict[str, threading.Lock] = {}
        self.known: dict[Named, str] = {}
        self.warnings: tuple[Fault, ...] = ()

    async def refresh(self, services: Iterable[Service], now: float, *, forced: bool) -> None:
        """Ask again for every image on force, and for those that are tracked when their time has come. A pass begins
        with this: what ``resolve`` was told in the one before is forgotten."""
        self._told = {}
        due = {named: service for service in services if (named := self._due(service, now, forced))}
        images = sorted({image for _, image in due})
        answers = await asyncio.gather(*(aside(partial(self._ask, image)) for image in images))
        told = dict(zip(images, answers, strict=True))
        warnings = []
        for named, service in due.items():
            self._asked_at[named] = now
            digest = told[named[1]]
            if digest is not None:
                self.known[named] = digest
            elif service.options.image_policy == "track":
                at = service.at
                message = f"no registry tells the digest of {named[1]}, which is tracked"
                warnings.append(Fault(at.file, at.line, at.column, message, "the digest that runs is kept"))
        if due:
            self.warnings = tuple(warnings)

    def due_at(self, services: Iterable[Service]) -> float:
        """When the next image that is tracked is due, in seconds since the epoch."""
        return min((self._track_at(service) for service in services), default=math.inf)

    def resolve(self, image: str) -> str | None:
        """What the image's registry says, asked once in a pass however many services have the image: one that doesn't
        answer takes its time. May be called from several threads."""
        told = self._told
        with self._turns.setdefault(image, threading.Lock()):
            if image not in told:
                told[image] = self._ask(image)
            return told[image]

    def _due(self, service: Service, now: float, forced: bool) -> Named | None:
        image = _named(service)[1]
        if not image or split(image)[1]:
            return None
        return _named(service) if forced or now >= self._track_at(service) else None

    def _track_at(self, service: Service) -> float:
        if service.options.image_policy != "track":
            return math.inf
        return self._asked_at.get(_named(service), 0.0) + service.options.track_interval


def _named(service: Service) -> Named:
    return service.options.image_policy, str(service.spec["TaskTemplate"]["ContainerSpec"].get("Image", ""))
