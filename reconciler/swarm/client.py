"""The Swarm, as the other rooms see it. Every method blocks, and raises no other error than ``EngineError``."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from copy import copy

from reconciler.clock import steady
from reconciler.desired.model import Probe, Spec
from reconciler.errors import NotFound
from reconciler.observed import model as observed
from reconciler.swarm import decode, endpoint, health_checks, logs, registry, removal_check, service_logs
from reconciler.swarm.dialing import ProbeAnswer
from reconciler.swarm.events import Event, watch
from reconciler.swarm.object_ids import NetworkIds, with_ids
from reconciler.swarm.observe import Observer
from reconciler.swarm.probing import Prober
from reconciler.swarm.stream import Stream
from reconciler.swarm.transport import LOOK_TIMEOUT, Call, Fence, Transport


class Swarm:
    """One Swarm, reached through one of its managers. Can be used from several threads.

    ``clock`` dates what is observed. Specs carry names, as in ``desired``; ids are looked up when they are written.
    """

    def __init__(
        self,
        at: endpoint.Endpoint,
        clock: Callable[[], float] = steady,
        patience: registry.Patience = registry.PATIENCE,
    ) -> None:
        self.host = at.host
        self._config = at.config
        self._patience = patience
        self._transport = Transport(at)
        self._observer = Observer(self._transport, clock)
        self._prober = Prober(self._transport)
        self._network_ids = NetworkIds(self._transport)

    @classmethod
    def connect(
        cls, host: str | None, environ: Mapping[str, str], patience: registry.Patience = registry.PATIENCE
    ) -> Swarm:
        """Return the Swarm that the command line or the environment names; the engine isn't asked yet.

        Raises ``UsageError`` if they name an invalid address, or a context or certificate that doesn't exist.
        """
        return cls(endpoint.find(host, environ), patience=patience)

    def fenced(self, fence: Fence) -> Swarm:
        """Return the same Swarm for a writer that may lose the right to write: ``fence`` is called right before each
        write."""
        other = copy(self)
        other._transport = self._transport.fenced(fence)
        return other

    def observe(self) -> observed.Snapshot:
        """Observe the Swarm, by one list call per kind. Raises ``EngineUnavailable``, also as ``NotASwarm``."""
        self._network_ids.forget()
        return self._observer.observe()

    def healthy(self, timeout: float = 2.0) -> bool:
        """Whether the engine answers a ping within ``timeout`` seconds."""
        return self._transport.ping(timeout)

    def version(self) -> tuple[str, str]:
        """Return the versions of the engine, in a Swarm or not, and of the API that we speak with it. Raises an
        ``EngineError``."""
        doing = "ask the engine's version"
        found = self._transport.json(Call("GET", "/version", doing, timeout=LOOK_TIMEOUT))
        return str(found["Version"]), self._transport.api_version(doing)

    def create_network(self, spec: Spec) -> str:
        """Create a network and return its id. Raises ``Conflict`` if Swarm has one of that name."""
        self._network_ids.forget()
        return self._create("networks", "network", spec, "Id")

    def remove_network(self, id_: str) -> None:
        """Remove a network. Raises ``Conflict`` while anything uses it: tasks leave it some time after their service is
        gone."""
        self._remove("networks", "network", id_)
        self._network_ids.forget()

    def create_service(self, spec: Spec) -> str:
        """Create a service and return its id. Raises ``NotFound`` if it refers to an object that doesn't exist."""
        return self._create("services", "service", spec, "ID", self._credentials(spec))

    def service(self, id_: str) -> observed.Service:
        """Return the service with this id, as it is now. Raises ``NotFound``."""
        return self._observer.service(id_)

    def update_service(self, service: observed.Service, spec: Spec) -> None:
        """Write a spec over the version that was observed. Raises ``OutOfSequence`` if the service has changed
        since."""
        call = Call(
            "POST",
            f"/services/{service.id}/update",
            f"update the service {service.name}",
            {"version": str(service.version), "registryAuthFrom": "spec"},
            with_ids(spec, self._transport, self._network_ids),
            self._credentials(spec),
        )
        self._transport.json(call)

    def remove_service(self, id_: str) -> None:
        """Remove a service. Swarm stops its tasks afterwards."""
        self._remove("services", "service", id_)

    def config(self, name: str) -> observed.Config | None:
        """Return the config of exactly this name; None if there is none."""
        try:
            raw = self._transport.json(Call("GET", f"/configs/{name}", f"read the config {name}", timeout=LOOK_TIMEOUT))
        except NotFound:
            return None
        found = decode.config(raw)
        return found if found.name == name else None  # the engine also takes a prefix of an id

    def configs(self, prefix: str) -> dict[str, observed.Config]:
        """Return the configs whose names begin with ``prefix``."""
        filters = {"filters": json.dumps({"name": [prefix]})}
        raws = self._transport.json(Call("GET", "/configs", f"list the configs {prefix}*", filters)) or []
        return {config.name: config for config in map(decode.config, raws) if config.name.startswith(prefix)}

    def create_config(self, spec: Spec, data: bytes) -> str:
        """Create a config and return its id. Raises ``Conflict`` if there is one of that name."""
        return self._create("configs", "config", {**spec, "Data": b64encode(data).decode()}, "ID")

    def label_config(self, config: observed.Config, labels: Mapping[str, str]) -> None:
        """Replace all labels of the observed version of a config. Raises ``OutOfSequence`` if it has changed since."""
        self._label("configs", "config", config, labels)

    def remove_config(self, id_: str) -> None:
        """Remove a config. Raises ``Conflict`` while a service uses it."""
        self._remove("configs", "config", id_)

    def create_secret(self, spec: Spec, data: bytes) -> str:
        """Create a secret and return its id. Raises ``Conflict`` if there is one of that name."""
        return self._create("secrets", "secret", {**spec, "Data": b64encode(data).decode()}, "ID")

    def label_secret(self, secret: observed.Secret, labels: Mapping[str, str]) -> None:
        """Replace all labels of the observed version of a secret. Raises ``OutOfSequence`` if it has changed since."""
        self._label("secrets", "secret", secret, labels)

    def remove_secret(self, id_: str) -> None:
        """Remove a secret. Raises ``Conflict`` while a service uses it."""
        self._remove("secrets", "secret", id_)

    def confirm(self, found: removal_check.Removable) -> None:
        """Check that an object may still be removed. Raises ``OutOfSequence`` if it has changed since it was observed,
        and ``NotFound`` if it is gone."""
        removal_check.confirm(found, self._transport)

    def remove_volume(self, name: str) -> None:
        """Remove a volume of this engine's node. Raises ``Conflict`` while a container uses it, ``NotFound`` if it
        doesn't exist."""
        self._remove("volumes", "volume", name)

    def digest(self, image: str) -> str | None:
        """Return the digest of the image's tag now, as ``sha256:...``, or None; ``resolve`` also says why."""
        return self.resolve(image).digest

    def resolve(self, image: str) -> registry.Resolution:
        """Return the digest of the image's tag now, or why its registry gives none. Takes at most 3 s."""
        return registry.resolve(image, self._transport, self._config, self._patience)

    def logs(self, task_id: str, lines: int = 5) -> tuple[str, ...]:
        """Return the last lines that a task wrote to stdout and stderr, also of a dead task; none if its container is
        gone."""
        return logs.tail(task_id, lines, self._transport)

    def last_check(self, container: str) -> health_checks.Check | None:
        """Return the last failure of a container's health check on this engine. Raises ``NotFound`` if it is gone."""
        return health_checks.last_failure(container, self._transport)

    def read_logs(self, wanted: service_logs.LogQuery, most: int) -> Iterator[service_logs.LogLine]:
        """Yield the lines written until now, at most ``most`` bytes. Raises an ``EngineError``, also while they are
        read."""
        return service_logs.read(wanted, self._transport, most)

    def follow_logs(self, wanted: service_logs.LogQuery) -> Stream:
        """Return the stream of lines written from now on; ``service_logs.parsed`` reads it. Raises an
        ``EngineError``."""
        return service_logs.follow(wanted, self._transport)

    def probe(self, task: observed.Task, probe: Probe, *, here: bool) -> ProbeAnswer:
        """Try a probe once at a running task. ``here``: the task is on this engine's node. Blocks for little more than
        ``probe.timeout``. Raises ``EngineUnavailable``, and ``NotFound`` if its container is gone."""
        return self._prober.ask(task, probe, here=here)

    def events(self, stop: threading.Event) -> Iterator[Event]:
        """Yield events from now on until ``stop`` is set. Raises ``EngineUnavailable``, at once or when the connection
        is lost."""
        return watch(self._transport, stop)

    def close(self) -> None:
        """Close the connections; event streams end by their own ``stop``."""
        self._transport.close()

    def _create(self, kinds: str, kind: str, spec: Spec, key: str, headers: Mapping[str, str] | None = None) -> str:
        body = with_ids(spec, self._transport, self._network_ids) if kind == "service" else spec
        call = Call("POST", f"/{kinds}/create", f"create the {kind} {spec['Name']}", {}, body, headers or {})
        return str(self._transport.json(call)[key])

    def _label(
        self, kinds: str, kind: str, thing: observed.Config | observed.Secret, labels: Mapping[str, str]
    ) -> None:
        params = {"version": str(thing.version)}
        body = {**thing.spec, "Labels": dict(labels)}
        doing = f"label the {kind} {thing.name}"
        call = Call("POST", f"/{kinds}/{thing.id}/update", doing, params, body, timeout=LOOK_TIMEOUT)
        self._transport.json(call)

    def _remove(self, kinds: str, kind: str, id_: str) -> None:
        self._transport.json(Call("DELETE", f"/{kinds}/{id_}", f"remove the {kind} {id_}"))

    def _credentials(self, spec: Spec) -> dict[str, str]:
        image = spec.get("TaskTemplate", {}).get("ContainerSpec", {}).get("Image", "")
        return registry.credentials(image, self._config, self._patience.helper) if image else {}
