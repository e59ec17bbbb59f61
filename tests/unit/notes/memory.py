"""The few calls of a Swarm that notes need, in memory, with versions as in Raft; and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.desired.model import Spec
from reconciler.errors import Conflict, NotFound, OutOfSequence
from reconciler.observed.model import Config


@dataclass
class Memory:
    """The configs of a Swarm. ``before`` is called before each write; ``writes`` counts the writes that went on after
    it; ``made`` counts the configs that were created, and gives each an id of its own."""

    held: dict[str, Config] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    made: int = 0
    writes: int = 0

    def config(self, name: str) -> Config | None:
        return self.held.get(name)

    def configs(self, prefix: str) -> Mapping[str, Config]:
        return {name: config for name, config in self.held.items() if name.startswith(prefix)}

    def create_config(self, spec: Spec, data: bytes) -> str:
        self._write()
        if spec["Name"] in self.held:
            raise Conflict("there is one")
        self.made += 1
        self.held[spec["Name"]] = Config(f"id{self.made}", spec["Name"], 1, spec, data)
        return f"id{self.made}"

    def label_config(self, config: Config, labels: Mapping[str, str]) -> None:
        self._write()
        current = self.held.get(config.name)
        if current is None or current.id != config.id:
            raise NotFound("gone")
        if current.version != config.version:
            raise OutOfSequence("stale")
        self.held[config.name] = replace(
            current, version=current.version + 1, spec={**current.spec, "Labels": dict(labels)}
        )

    def remove_config(self, identity: str) -> None:
        self._write()
        names = [name for name, config in self.held.items() if config.id == identity]
        if not names:
            raise NotFound("gone")
        del self.held[names[0]]

    def _write(self) -> None:
        self.before()
        self.writes += 1


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now
