"""What registries say an image's tag stands for: asked on a forced pass, on a timer for what is tracked, and once
for each image that is new to a service (rule 7)."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from reconciler.desired.images import split
from reconciler.errors import Fault
from reconciler.loop.slow_answers import SlowAnswers
from reconciler.unforeseen import in_words

if TYPE_CHECKING:
    from reconciler.desired.model import Service

Named = tuple[str, str]
"""The policy of a service, and the name of its image."""
Ask = Callable[[str], str | None]
Answer = tuple[str | None, str]
"""A digest, or None, and a fault of our own in words."""


class Digests:
    """``known`` has, by policy and image name, the digest that a registry gave; what none could tell isn't in it. Of
    one tag, services that track it may be ahead of those that pin it."""

    def __init__(self, ask: Ask, patience: float = 1.0) -> None:
        """``patience``: seconds that a pass waits for registries. What they say later counts from the next pass on."""
        self.patience = patience
        self._ask = ask
        self._late = SlowAnswers(self._answer)
        self._asked_at: dict[Named, float] = {}
        self._told: dict[str, str | None] = {}
        self._turns: dict[str, threading.Lock] = {}
        self.known: dict[Named, str] = {}
        self._awaited: set[Named] = set()
        self._untold: dict[Named, Fault] = {}

    @property
    def warnings(self) -> tuple[Fault, ...]:
        return tuple(self._untold.values())

    @property
    def awaits(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._awaited)

    async def refresh(self, services: Sequence[Service], now: float, *, forced: bool) -> None:
        """Ask again for every image on force, and for those that are tracked when their time has come. A pass begins
        with this: what ``resolve`` was told in the one before is forgotten."""
        self._told = {}
        wanted = {_named(service) for service in services}
        # An image that comes back after it was given up is a new one: its tag may have moved meanwhile.
        self.known = {named: digest for named, digest in self.known.items() if named in wanted}
        self._untold = {named: fault for named, fault in self._untold.items() if named in wanted}
        self._asked_at = {named: at for named, at in self._asked_at.items() if named in wanted}
        due = {named: service for service in services if (named := self._due(service, now, forced))}
        images = sorted({image for _, image in due})
        told = await self._late.answers(images, self.patience)
        self._awaited = {named for named in due if named[1] not in told}
        for named in due.keys() - self._awaited:
            self._note(named, due[named], told[named[1]], now)

    def _answer(self, image: str) -> Answer:
        try:
            return self._ask(image), ""
        except Exception as error:
            return None, in_words(error)

    def _note(self, named: Named, service: Service, answer: Answer, now: float) -> None:
        digest, why = answer
        self._asked_at[named] = now
        self._untold.pop(named, None)
        if digest is not None:
            self.known[named] = digest
        elif service.options.image_policy == "track":
            message = f"no registry tells the digest of {named[1]}, which is tracked{why and f': {why}'}"
            self._untold[named] = service.at.fault(message, "the digest that runs is kept")

    def due_at(self, services: Iterable[Service]) -> float:
        """When the next image that is tracked is due, by the clock of ``refresh``."""
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
        named = _named(service)
        return named if forced or named in self._awaited or now >= self._track_at(service) else None

    def _track_at(self, service: Service) -> float:
        if service.options.image_policy != "track":
            return math.inf
        return self._asked_at.get(_named(service), -math.inf) + service.options.track_interval


def _named(service: Service) -> Named:
    return service.options.image_policy, str(service.spec["TaskTemplate"]["ContainerSpec"].get("Image", ""))
