"""Accepted warnings (``x-reconciler.accept``): keys whose warnings a user knows and doesn't want to see again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from reconciler.compose.schema import File, keys
from reconciler.records import dataclass
from reconciler.yaml.document import Path
from reconciler.yaml.spelling import nearest

_SERVICE = "services."


@dataclass(frozen=True, slots=True)
class Accepted:
    """Accepted keys as COMPOSE.md writes them, without `*`; keys of a service have no `services` before them."""

    everywhere: frozenset[str] = frozenset()
    services: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, file: File) -> Accepted:
        services = {key: frozenset(service.x_reconciler.accept) for key, service in file.services.items()}
        return cls(frozenset(file.x_reconciler.accept), {key: names for key, names in services.items() if names})

    def covers(self, path: Path) -> bool:
        """Return whether a warning at ``path`` is accepted."""
        if not self.everywhere and not self.services:
            return False
        in_service = len(path) > 1 and path[0] == "services"
        own = self.of_service(str(path[1])) if in_service else self.everywhere
        name = keys.named(path)
        return name in own or (in_service and name.removeprefix(_SERVICE) in own)

    def of_service(self, key: str) -> frozenset[str]:
        """Return the keys accepted for a service: its own, and those accepted everywhere."""
        return self.everywhere | self.services.get(key, frozenset())


def unknown(file: File) -> Iterator[tuple[Path, str, str]]:
    """Yield place, message and hint of each entry that matches no key of Compose."""
    of_service = frozenset(name.removeprefix(_SERVICE) for name in keys.names() if name.startswith(_SERVICE))
    lists: list[tuple[Path, tuple[str, ...], frozenset[str]]] = [
        ((), file.x_reconciler.accept, of_service | keys.names()),
        *((("services", key), each.x_reconciler.accept, of_service) for key, each in file.services.items()),
    ]
    for where, given, known in lists:
        for index, entry in enumerate(given):
            if entry not in known:
                meant = nearest(entry, known)
                hint = f"did you mean `{meant}`?" if meant else "write it as COMPOSE.md does: ports.host_ip"
                path = (*where, "x-reconciler", "accept", index)
                yield path, f"{entry[:60]!r} is no key whose warning can be accepted", hint
