"""What registries say an image's tag stands for: asked on a forced pass, on a timer for what is tracked, and once
for each image that is new to a service (rule 7)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from reconciler.aside import aside
from reconciler.desired.images import split
from reconciler.errors import Fault

if TYPE_CHECKING:
    from reconciler.desired.model import Service

Ask = Callable[[str], str | None]


class Digests:
    """``known`` has, by image name, the digest that a registry gave; a name that none could resolve isn't in it."""

    def __init__(self, ask: Ask, interval: float) -> None:
        self._ask = ask
        self._interval = interval
        self._asked_at: dict[str, float] = {}
        self.known: dict[str, str] = {}
        self.warnings: tuple[Fault, ...] = ()

    async def refresh(self, services: Iterable[Service], now: float, *, forced: bool) -> None:
        """Ask again for every image on force, and for those that are tracked when their time has come."""
        due = {image: service for service in services if (image := self._due(service, now, forced))}
        answers = await asyncio.gather(*(aside(partial(self._ask, image)) for image in due))
        warnings = []
        for (image, service), digest in zip(due.items(), answers, strict=True):
            self._asked_at[image] = now
            if digest is not None:
                self.known[image] = digest
            elif service.options.image_policy == "track":
                at = service.at
                message = f"no registry tells the digest of {image}, which is tracked"
                warnings.append(Fault(at.file, at.line, at.column, message, "the digest that runs is kept"))
        if due:
            self.warnings = tuple(warnings)

    def resolve(self, image: str) -> str | None:
        return self._ask(image)

    def _due(self, service: Service, now: float, forced: bool) -> str:
        image = str(service.spec["TaskTemplate"]["ContainerSpec"].get("Image", ""))
        if not image or split(image)[1]:
            return ""
        tracked = service.options.image_policy == "track"
        due = forced or (tracked and now - self._asked_at.get(image, 0.0) >= self._interval)
        return image if due else ""
