"""Probes of tasks: by their own address, from inside their network namespace, or by a command in their container.

What reaches a task depends on where this process runs:

- attached to one of the task's networks (a container of the Swarm): its address there, whatever node it is on;
- beside the engine that is asked, as root: the network namespace of the task's container, by ``/proc``;
- anywhere else, also with a remote engine: a command in the container, by the engine's exec API, with the tools of the
image. That API knows only the containers of its own node.

The address in the ingress network is never used: Swarm drops what comes there for anything but a published port.

An address counts only if it is known to be the task's, so that no other task is probed in its place.
"""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Any

from reconciler.desired.model import Probe
from reconciler.errors import EngineError, EngineUnavailable, NotFound
from reconciler.exit_codes import NOT_EXECUTABLE, NOT_FOUND
from reconciler.observed.model import Task
from reconciler.swarm import probe_tools
from reconciler.swarm.dialing import ProbeAnswer, dial, inside
from reconciler.swarm.logs import demux
from reconciler.swarm.own_container import PROC, own_container
from reconciler.swarm.transport import Call, Transport

SPARE = 2.0
"""Seconds added to a probe's own timeout, for a tool that keeps that timeout itself."""
MOST_BYTES = 4096
"""Bytes of a command's output that are read."""
NOT_THERE = (NOT_EXECUTABLE, NOT_FOUND)
"""Exit codes of a command that can't be run, and of one that doesn't exist (POSIX shell)."""


class Prober:
    """Tries probes through one engine. Can be used from several threads."""

    def __init__(self, transport: Transport, proc: Path = PROC) -> None:
        self._transport = transport
        self._proc = proc
        self._hanging: dict[str, str] = {}
        self._own_networks: frozenset[str] | None = None

    def ask(self, task: Task, probe: Probe, *, here: bool) -> ProbeAnswer:
        """Try once. ``here``: the task is on the node of the engine that is asked.

        Raises ``EngineUnavailable`` if the engine can't be asked, ``NotFound`` if the container is gone.
        """
        if probe.exec:
            return self._run(task, probe) if here else _elsewhere("a command")
        attached, ingress = self._attached(task)
        answer = self._by_network(attached, probe)
        if answer or not here:
            return answer or _elsewhere("a connection")
        container = self._container(task.container_id)
        address = _address(container, ingress)
        answer = self._by_namespace(container, address, probe) or self._by_tools(task, address, probe)
        return answer or ProbeAnswer(
            None, f"this process can't enter its network, and its image has none of {probe_tools.NAMES}"
        )

    def _attached(self, task: Task) -> tuple[dict[str, str], frozenset[str]]:
        """Return the task's address in each network but the ingress one, by the network's id, and the ingress network's
        id."""
        found = self._transport.json(Call("GET", f"/tasks/{task.id}", f"look at task {task.id}"))
        attachments = found.get("NetworksAttachments") or ()
        ingress = frozenset(one["Network"]["ID"] for one in attachments if one["Network"]["Spec"].get("Ingress"))
        addresses = {one["Network"]["ID"]: (one.get("Addresses") or [""])[0].partition("/")[0] for one in attachments}
        return {id_: address for id_, address in addresses.items() if address and id_ not in ingress}, ingress

    def _by_network(self, attached: dict[str, str], probe: Probe) -> ProbeAnswer | None:
        """Try the task's address in a network that this process is attached to as well."""
        own = self._networks()
        return next((dial(address, probe) for network, address in attached.items() if network in own), None)

    def _by_namespace(self, container: Any, address: str, probe: Probe) -> ProbeAnswer | None:
        """Try from inside the network namespace. The process with that id counts only if its control group has the
        container's id: this may be another machine than the engine's."""
        process = self._proc / str(container["State"]["Pid"])
        try:
            ours = container["Id"] in (process / "cgroup").read_text()
        except OSError:
            return None
        return inside(process / "ns/net", lambda: dial(address, probe)) if ours else None

    def _by_tools(self, task: Task, address: str, probe: Probe) -> ProbeAnswer | None:
        """Try with the tools of the image: nc, bash, curl, wget or python3."""
        try:
            code, said = self._exec(
                task.container_id, ("sh", "-c", probe_tools.script(address, probe)), probe.timeout + SPARE
            )
        except EngineUnavailable:
            raise
        except EngineError:
            return None  # without a shell the engine doesn't start the command
        return None if code in NOT_THERE else probe_tools.read(code, said, probe)

    def _run(self, task: Task, probe: Probe) -> ProbeAnswer:
        try:
            code, said = self._exec(task.container_id, probe.exec, probe.timeout)
        except (EngineUnavailable, NotFound):
            raise
        except EngineError as error:
            return ProbeAnswer(False, str(error))
        if code is None:
            return ProbeAnswer(False, f"didn't end within {probe.timeout:g} s")
        words = said.strip().splitlines()
        return ProbeAnswer(code == 0, f"exit code {code}{f': {words[-1][:200]}' if words else ''}")

    def _exec(self, container: str, command: tuple[str, ...], timeout: float) -> tuple[int | None, str]:
        """Return exit code and output of a command in the container; None if it didn't end in time.

        The engine can't stop such a command, so no other one starts in that container until it has ended.
        """
        hanging = self._hanging.get(container)
        if hanging and self._exec_state(hanging)["Running"]:
            return None, ""
        self._hanging.pop(container, None)
        body = {"AttachStdout": True, "AttachStderr": True, "Cmd": list(command)}
        doing = f"run the probe in container {container[:12]}"
        made = self._transport.json(Call("POST", f"/containers/{container}/exec", doing, body=body))["Id"]
        start = Call("POST", f"/exec/{made}/start", doing, body={"Detach": False, "Tty": False}, timeout=timeout)
        said, ends = bytearray(), time.monotonic() + timeout
        try:
            with closing(self._transport.stream(start)) as chunks:
                for chunk in chunks:
                    said += chunk[: MOST_BYTES - len(said)]
                    if time.monotonic() > ends:
                        break
        except EngineUnavailable:  # mostly silence until the timeout; if the engine is away, the next call says so
            pass
        state = self._exec_state(made)
        if state["Running"]:
            self._hanging[container] = made
        text = b"".join(demux(bytes(said))).decode(errors="replace")
        return (None if state["Running"] else int(state["ExitCode"])), text

    def _exec_state(self, id_: str) -> Any:
        return self._transport.json(Call("GET", f"/exec/{id_}/json", "look at a probe's command"))

    def _container(self, id_: str) -> Any:
        return self._transport.json(Call("GET", f"/containers/{id_}/json", f"look at container {id_[:12]}"))

    def _networks(self) -> frozenset[str]:
        """Return the ids of the networks of the container that this process runs in, if it is one of the engine's."""
        if self._own_networks is None:
            own = own_container(self._proc)
            try:
                found = self._container(own)["NetworkSettings"]["Networks"] if own else {}
            except NotFound:
                found = {}
            self._own_networks = frozenset(network["NetworkID"] for network in found.values())
        return self._own_networks


def _address(container: Any, ingress: frozenset[str]) -> str:
    """Return the address in the container's first network but the ingress one; the loopback if it has no other network,
    or the host's."""
    networks = (container["NetworkSettings"].get("Networks") or {}).values()
    usable = (str(network.get("IPAddress") or "") for network in networks if network["NetworkID"] not in ingress)
    return next((address for address in usable if address), "127.0.0.1")


def _elsewhere(what: str) -> ProbeAnswer:
    return ProbeAnswer(None, f"it is on another node than the engine, and {what} from here doesn't reach it")
