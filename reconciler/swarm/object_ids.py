"""From names to ids, for writing a service: the engine takes configs and secrets only by id."""

from __future__ import annotations

from json import dumps

from reconciler.desired.model import Spec
from reconciler.errors import NotFound
from reconciler.swarm.transport import Call, Transport


class NetworkIds:
    """Ids of Swarm's networks by name, looked up once for all services of a pass. Can be used from several threads."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Return the id of a network. Raises ``NotFound``."""
        known = self._known
        if name not in known:
            known[name] = network_id(name, self._transport)
        return known[name]

    def forget(self) -> None:
        """Look all ids up again: a network came or went, or some time has passed."""
        self._known = {}


def with_ids(spec: Spec, transport: Transport, networks: NetworkIds) -> Spec:
    """Return the ``ServiceSpec`` with ids in place of names, looked up now. Raises ``NotFound`` for an unknown name.

    The engine would take a local network of the same name, and then refuse it (403), so Swarm's own is asked for.
    """
    task = dict(spec.get("TaskTemplate", {}))
    if task.get("Networks"):
        task["Networks"] = [
            {**attachment, "Target": networks.of(attachment["Target"])} for attachment in task["Networks"]
        ]
    container = dict(task.get("ContainerSpec", {}))
    for kind in ("Config", "Secret"):
        references = container.get(f"{kind}s")
        if references:
            ids = _ids(kind, {reference[f"{kind}Name"] for reference in references}, transport)
            container[f"{kind}s"] = [{**each, f"{kind}ID": ids[each[f"{kind}Name"]]} for each in references]
            if kind == "Config":
                _credential_spec(container, ids)
    if container:
        task["ContainerSpec"] = container
    return {**spec, "TaskTemplate": task}


def _credential_spec(container: Spec, ids: dict[str, str]) -> None:
    privileges = container.get("Privileges") or {}
    given = privileges.get("CredentialSpec") or {}
    if given.get("Config") in ids:
        container["Privileges"] = {**privileges, "CredentialSpec": {**given, "Config": ids[given["Config"]]}}


def network_id(name: str, transport: Transport) -> str:
    """Return the id of Swarm's network of exactly this name (or id), also of a predefined one. Raises ``NotFound``."""
    found = transport.json(Call("GET", f"/networks/{name}", f"look up the network {name}", {"scope": "swarm"}))
    if name not in (found["Name"], found["Id"]):  # the engine also takes a prefix of an id
        raise NotFound(f"there is no network {name} in the Swarm: create it first")
    return str(found["Id"])


def _ids(kind: str, names: set[str], transport: Transport) -> dict[str, str]:
    """Return ids by name. The engine's name filter matches prefixes, so it returns more than asked for, never less."""
    kinds = f"{kind.lower()}s"
    params = {"filters": dumps({"name": sorted(names)})}
    listed = transport.json(Call("GET", f"/{kinds}", f"look up the {kinds} {', '.join(sorted(names))}", params))
    ids = {each["Spec"]["Name"]: each["ID"] for each in listed or ()}
    for name in sorted(names - ids.keys()):
        raise NotFound(f"there is no {kind.lower()} {name} in the Swarm: create it first")
    return ids
