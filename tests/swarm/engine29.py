"""A proxy that makes an engine answer as Docker 29 does: API 1.44 to 1.55, and without the fields that 29 dropped.

Engine API version history, v1.44 to v1.55: versions below the minimum get 400; events have no ``status``, ``id`` and
``from``; containers have no addresses at the top level of ``NetworkSettings``; ``/info`` has fewer fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.sockets import serving
from tests.swarm.faulty import Denied, Message, Proxy

VERSION, NEWEST, OLDEST = "29.1.0", "1.55", "1.44"
_DROPPED = {
    "events": ("status", "id", "from"),
    "info": ("BridgeNfIptables", "BridgeNfIp6tables", "KernelMemory", "KernelMemoryTCP", "IndexServerAddress"),
    "image": ("Container", "ContainerConfig", "DockerVersion", "Parent", "Author", "VirtualSize", "Comment"),
    "NetworkSettings": (
        *("Bridge", "HairpinMode", "LinkLocalIPv6Address", "LinkLocalIPv6PrefixLen", "SecondaryIPAddresses"),
        *("SecondaryIPv6Addresses", "EndpointID", "Gateway", "GlobalIPv6Address", "GlobalIPv6PrefixLen", "IPAddress"),
        *("IPPrefixLen", "IPv6Gateway", "MacAddress"),
    ),
}


class Engine29(Proxy):
    """``real`` is the API version that the engine behind is asked with; ``oldest`` the lowest that is answered."""

    def __init__(self, path: Path, engine: str, real: str, oldest: str = OLDEST) -> None:
        self.real = real
        self.oldest = oldest
        self.asked: set[str] = set()
        super().__init__(path, engine, seed=0)

    def outgoing(self, request: Message) -> Message:
        method, path, protocol = request.start.split()
        found = re.match(r"/v(\d+\.\d+)(/.*)", path)
        if not found:
            return request
        asked, rest = found.groups()
        self.asked.add(asked)
        if _number(asked) < _number(self.oldest):
            words = f"client version {asked} is too old. Minimum supported API version is {self.oldest}, "
            raise Denied(400, words + "please upgrade your client to a newer version")
        if _number(asked) > _number(NEWEST):
            raise Denied(400, f"client version {asked} is too new. Maximum supported API version is {NEWEST}")
        return replace(request, start=f"{method} /v{self.real}{rest} {protocol}")

    def incoming(self, request: Message, answer: Message) -> Message:
        headers = {**answer.headers, **({"api-version": NEWEST} if "api-version" in answer.headers else {})}
        if request.method != "GET" or "json" not in headers.get("content-type", "") or not answer.body:
            return replace(answer, headers=headers)
        body = json.dumps(_as_29(request.path, json.loads(answer.body), self.oldest)).encode()
        return replace(answer, headers=headers, body=body)

    def told(self, chunk: bytes) -> bytes:
        return b"".join(
            json.dumps(_without(json.loads(line), "events")).encode() + b"\n" for line in chunk.splitlines()
        )


def _as_29(path: str, said: Any, oldest: str) -> Any:
    if path == "/version":
        return {**said, "Version": VERSION, "ApiVersion": NEWEST, "MinAPIVersion": oldest}
    if path == "/info":
        return {**_without(said, "info"), "ServerVersion": VERSION}
    if re.fullmatch(r"/containers/[^/]+/json", path):
        return {**said, "NetworkSettings": _without(said.get("NetworkSettings") or {}, "NetworkSettings")}
    if re.fullmatch(r"/images/.+/json", path):
        return _without(said, "image")
    if path == "/nodes":
        return [_node_of_29(node) for node in said]
    return said


def _node_of_29(node: dict[str, Any]) -> dict[str, Any]:
    description = node.get("Description") or {}
    return {
        **node,
        "Description": {**description, "Engine": {**description.get("Engine", {}), "EngineVersion": VERSION}},
    }


def _without(said: dict[str, Any], what: str) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in _DROPPED[what]}


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@contextmanager
def engine29(folder: Path, engine: str, real: str, oldest: str = OLDEST) -> Iterator[tuple[str, Engine29]]:
    """The address of such a proxy, and the proxy, while the block runs."""
    with serving(Engine29(folder / "29.sock", engine, real, oldest)) as served:
        yield served
