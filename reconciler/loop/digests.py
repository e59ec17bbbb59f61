"""Digests of image tags, asked from registries: on a forced pass, on a timer for tags that are tracked, and once for
each image that is new to a service (rule 7)."""

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
"""Image policy of a service, and the name of its image."""
Ask = Callable[[str], str | None]
Answer = tuple[str | None, str]
"""Digest or None, and an error of our own as a string."""


class Digests:
    """Digests as registries gave them: ``known`` has them by policy and image name, and omits those that no registry
    could give. Services that track a tag may be ahead of services that pin it."""

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
        """Say whether an answer is still pending."""
        return bool(self._awaited)

    async def refresh(self, services: Sequence[Service], now: float, *, forced: bool) -> None:
        """Ask again for every image if ``forced``, and for tracked images that are due. A pass begins with this
        call, which forgets the answers that ``resolve`` got in the pass before."""
        self._told = {}
        wanted = {_named(service) for service in services}
        # An image that was given up and comes back counts as new: its tag may have moved.
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
        """Return when the next tracked image is due, by the clock of ``refresh``."""
        return min((self._track_at(service) for service in services), default=math.inf)

    def resolve(self, image: str) -> str | None:
        """Return the digest from the image's registry. Each image is asked once in a pass, however many services use
        it, so that a slow registry delays a pass once. Safe to call from several threads."""
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
