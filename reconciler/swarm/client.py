"""The Swarm, as the rest of the house sees it. Every method blocks, and raises ``EngineError`` and nothing else."""

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
    """One Swarm, by way of one of its managers. May be used from several threads.

    ``clock`` dates what is observed. Specs carry names, as in ``desired``; ids are looked up where they are
    written.
    """

    def __init__(self, at: endpoint.Endpoint, clock: Callable[[], float] = steady) -> None:
        self.host = at.host
        self._config = at.config
        self._transport = Transport(at)
        self._observer = Observer(self._transport, clock)
        self._prober = Prober(self._transport)
        self._network_ids = NetworkIds(self._transport)

    @classmethod
    def connect(cls, host: str | None, environ: Mapping[str, str]) -> Swarm:
        """The Swarm that the command line or the environment names; nothing is asked of the engine yet.

        Raises ``UsageError`` when what they name is no engine's address, or a context or certificate that isn't there.
        """
        return cls(endpoint.find(host, environ))

    def fenced(self, fence: Fence) -> Swarm:
        """The same Swarm for a writer that may lose its leave to write: ``fence`` is asked right before each write."""
        other = copy(self)
        other._transport = self._transport.fenced(fence)
        return other

    def observe(self) -> observed.Snapshot:
        """The Swarm now, by one list call per kind. Raises ``EngineUnavailable``, also as ``NotASwarm``."""
        self._network_ids.forget()
        return self._observer.observe()

    def healthy(self, timeout: float = 2.0) -> bool:
        """Whether the engine answers a ping within ``timeout`` seconds."""
        return self._transport.ping(timeout)

    def version(self) -> tuple[str, str]:
        """The engine's version, in a Swarm or not, and that of the API we speak with it. Raises an ``EngineError``."""
        doing = "ask the engine's version"
        found = self._transport.json(Call("GET", "/version", doing, timeout=LOOK_TIMEOUT))
        return str(found["Version"]), self._transport.api_version(doing)

    def create_network(self, spec: Spec) -> str:
        """Creates it and returns its id. Raises ``Conflict`` when Swarm has one of that name."""
        self._network_ids.forget()
        return self._create("networks", "network", spec, "Id")

    def remove_network(self, id_: str) -> None:
        """Raises ``Conflict`` while anything uses it: tasks let go of it some time after their service went."""
        self._remove("networks", "network", id_)
        self._network_ids.forget()

    def create_service(self, spec: Spec) -> str:
        """Creates it and returns its id. Raises ``NotFound`` when it refers to what isn't there."""
        return self._create("services", "service", spec, "ID", self._credentials(spec))

    def service(self, id_: str) -> observed.Service:
        """The service of this id, as it is now. Raises ``NotFound``."""
        return self._observer.service(id_)

    def update_service(self, service: observed.Service, spec: Spec) -> None:
        """Writes it over the version that was observed. Raises ``OutOfSequence`` when it has moved since."""
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
        """Its tasks are stopped by Swarm afterwards."""
        self._remove("services", "service", id_)

    def config(self, name: str) -> observed.Config | None:
        """The config of this very name, None if there is none."""
        try:
            raw = self._transport.json(Call("GET", f"/configs/{name}", f"read the config {name}", timeout=LOOK_TIMEOUT))
        except NotFound:
            return None
        found = decode.config(raw)
        return found if found.name == name else None  # the engine also takes the beginning of an id

    def configs(self, prefix: str) -> dict[str, observed.Config]:
        """The configs whose names begin with ``prefix``."""
        filters = {"filters": json.dumps({"name": [prefix]})}
        raws = self._transport.json(Call("GET", "/configs", f"list the configs {prefix}*", filters)) or []
        return {config.name: config for config in map(decode.config, raws) if config.name.startswith(prefix)}

    def create_config(self, spec: Spec, data: bytes) -> str:
        """Creates it and returns its id. Raises ``Conflict`` when there is one of that name."""
        return self._create("configs", "config", {**spec, "Data": b64encode(data).decode()}, "ID")

    def label_config(self, config: observed.Config, labels: Mapping[str, str]) -> None:
        """Sets its labels, all of them, on the version observed. Raises ``OutOfSequence`` when it has moved since."""
        self._label("configs", "config", config, labels)

    def remove_config(self, id_: str) -> None:
        """Raises ``Conflict`` while a service uses it."""
        self._remove("configs", "config", id_)

    def create_secret(self, spec: Spec, data: bytes) -> str:
        """Creates it and returns its id. Raises ``Conflict`` when there is one of that name."""
        return self._create("secrets", "secret", {**spec, "Data": b64encode(data).decode()}, "ID")

    def label_secret(self, secret: observed.Secret, labels: Mapping[str, str]) -> None:
        """Sets its labels, all of them, on the version observed. Raises ``OutOfSequence`` when it has moved since."""
        self._label("secrets", "secret", secret, labels)

    def remove_secret(self, id_: str) -> None:
        """Raises ``Conflict`` while a service uses it."""
        self._remove("secrets", "secret", id_)

    def confirm(self, found: removal_check.Removable) -> None:
        """Whether an object may still be removed. Raises ``OutOfSequence`` when it has changed since it was observed,
        and ``NotFound`` once it is gone."""
        removal_check.confirm(found, self._transport)

    def remove_volume(self, name: str) -> None:
        """Of this engine's node. Raises ``Conflict`` while a container uses it, ``NotFound`` when it isn't there."""
        self._remove("volumes", "volume", name)

    def digest(self, image: str) -> str | None:
        """What the image's tag stands for now, as ``sha256:...``, or None: ``resolve`` also says why."""
        return self.resolve(image).digest

    def resolve(self, image: str) -> registry.Resolution:
        """What the image's tag stands for now, or why its registry can't tell. Takes 3 s at most."""
        return registry.resolve(image, self._transport, self._config)

    def logs(self, task_id: str, lines: int = 5) -> tuple[str, ...]:
        """The last lines that a task wrote, stdout and stderr, dead tasks included; none once its container is gone."""
        return logs.tail(task_id, lines, self._transport)

    def last_check(self, container: str) -> health_checks.Check | None:
        """The last failure of a container's health check on this engine. Raises ``NotFound`` once it is gone."""
        return health_checks.last_failure(container, self._transport)

    def read_logs(self, wanted: service_logs.LogQuery, most: int) -> Iterator[service_logs.LogLine]:
        """What was written until now, ``most`` bytes of it. Raises an ``EngineError``, also while it is read."""
        return service_logs.read(wanted, self._transport, most)

    def follow_logs(self, wanted: service_logs.LogQuery) -> Stream:
        """What is written from now on, for ``service_logs.parsed`` to read. Raises an ``EngineError``."""
        return service_logs.follow(wanted, self._transport)

    def probe(self, task: observed.Task, probe: Probe, *, here: bool) -> ProbeAnswer:
        """One try of a probe at a running task; ``here``: it is on this engine's node. Blocks for ``probe.timeout``
        and little more. Raises ``EngineUnavailable``, and ``NotFound`` once its container is gone."""
        return self._prober.ask(task, probe, here=here)

    def events(self, stop: threading.Event) -> Iterator[Event]:
        """What happens from now on, until ``stop`` is set. Raises ``EngineUnavailable``, at once or on loss."""
        return watch(self._transport, stop)

    def close(self) -> None:
        """Closes the connections; streams of events end by their own ``stop``."""
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
        return registry.credentials(image, self._config) if image else {}
