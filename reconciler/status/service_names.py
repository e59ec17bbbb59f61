"""Names by which users call stacks and services, and the services they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from reconciler.desired.model import Stack
from reconciler.errors import UsageError
from reconciler.observed.model import Service
from reconciler.plan.draft import stack_of
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """One service: its Swarm name, its stack, and its name within the stack. An empty name means the stack as a
    whole."""

    stack: str
    name: str = ""
    key: str = ""

    def __str__(self) -> str:
        return f"service {self.name}" if self.name else f"stack {self.stack}"

    @property
    def said(self) -> frozenset[str]:
        """Return every name that it can be called by."""
        within = {f"{self.stack}/{self.key}", f"{self.stack}/{self.name}"} if self.stack else set()
        return frozenset({self.name, *within}) if self.name else frozenset({self.stack})


def known(stacks: Iterable[Stack], services: Mapping[str, Service]) -> tuple[Named, ...]:
    """Return every service that is desired or exists."""
    desired = {each.name: Named(stack.name, each.name, each.key) for stack in stacks for each in stack.services}
    there = {name: _observed(name, service) for name, service in services.items()}
    return tuple({**there, **desired}.values())


def stacks_of(services: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(Named(stack) for stack in dict.fromkeys(each.stack for each in services) if stack)


def find(text: str, among: Iterable[Named]) -> Named:
    """Return the service that a name means: a Swarm name, STACK/SERVICE, STACK, or a key that only one service has.

    Raises:
        UsageError: the name fits no service or stack, or more than one.
    """
    candidates = tuple(among)
    for answers in (_exactly(text, candidates), [each for each in candidates if each.key == text]):
        if len(answers) == 1:
            return answers[0]
        if answers:
            raise UsageError(f"{text} may be {' or '.join(sorted(each.name for each in answers))}: say which")
    names = sorted({name for each in candidates for name in {*each.said, each.key} - {""}})
    near = get_close_matches(text, names, n=3, cutoff=0.5)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif names:
        hint = f"there {'is' if len(candidates) == 1 else 'are'} {', '.join(_shortest(candidates))}"
    else:
        hint = "nothing is desired, and nothing is there; name the folder of your Compose files with --desired"
    raise UsageError(f"there is no {text}: {hint}")


def stack_named(text: str, stacks: Iterable[str]) -> str:
    """Return ``text`` if it is a stack's name.

    Raises:
        UsageError: it is no stack's name; the message lists the stacks that exist.
    """
    names = sorted(set(stacks))
    if text in names:
        return text
    near = get_close_matches(text[:60], names, n=3, cutoff=0.5)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif names:
        hint = f"there {'is' if len(names) == 1 else 'are'} {', '.join(_some(names))}"
    else:
        hint = "there are no stacks at all"
    raise UsageError(f"there is no stack {text[:60]}: {hint}")


def _exactly(text: str, candidates: Iterable[Named]) -> list[Named]:
    """Return the candidates whose name is exactly ``text``; a stack counts before a service of the same name."""
    found = [each for each in candidates if text in each.said]
    return [each for each in found if not each.name] or found


def _shortest(candidates: Iterable[Named]) -> Iterator[str]:
    yield from _some(sorted(each.name or each.stack for each in candidates))


def _some(names: Sequence[str], most: int = 10) -> Iterator[str]:
    yield from names[:most]
    if len(names) > most:
        yield f"and {len(names) - most} more"


def _observed(name: str, service: Service) -> Named:
    stack = stack_of(service.spec)
    return Named(stack, name, name.removeprefix(f"{stack}_") if stack else name)
