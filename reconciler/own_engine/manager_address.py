"""A new address for a Swarm's only manager, whose container has another address than before.

The engine keeps the addresses from when the Swarm was made. It looks for itself at the old one, gives up after 5 s,
and fails the tasks that it had to start meanwhile (``swarm/state.json``); its overlay networks use the old one, too
(``swarm/docker-state.json``). So both files are fixed before it starts. On a running engine, ``docker swarm init
--force-new-cluster`` fixes only the second, and sometimes leaves 20.10 saying "cannot create a swarm scoped network
when swarm is not active" until it restarts. (Seen on 20.10; read in SwarmKit's ``node/node.go``,
``persistentRemotes``, and in the engine's ``daemon/cluster/noderunner.go``, ``nodeStartConfig``.)
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----")


def move(swarm: Path, here: Sequence[str], advertise: str = "") -> str:
    """Write the new address into an engine's folder ``swarm``. Return it, or nothing if nothing was written. The engine
    must not run.

    ``here`` are the container's addresses, the best one first; ``advertise`` is used instead if it is given.
    Workers, and managers of a Swarm with several, are left as they are: the others know them by the old address.
    """
    remotes, start = swarm / "state.json", swarm / "docker-state.json"
    try:
        noted, config = json.loads(remotes.read_text()), json.loads(start.read_text())
        if not (swarm / "raft").is_dir() or len(noted) != 1:
            return ""
        node, (address, _, port) = noted[0]["node_id"], noted[0]["addr"].rpartition(":")
        if node.encode() not in _certificate(swarm):
            return ""
        known = config["AdvertiseAddr"].rpartition(":")[0]
        fresh = advertise or here[0]
        if not _is_reached(address, here):
            _write(remotes, [{"node_id": node, "addr": f"{LOOPBACK}:{port}"}])
        if known == _in_url(fresh) or (not advertise and _is_reached(known, here)):
            return ""
        local = fresh if fresh in here else here[0]
        _write(start, {**config, "LocalAddr": local, "AdvertiseAddr": f"{_in_url(fresh)}:{port}"})
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ""  # not for us to fix: the engine will say what is wrong with its files
    return fresh


def _write(file: Path, content: Any) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(content))
    fresh.chmod(0o600)
    fresh.rename(file)


def _is_reached(address: str, here: Sequence[str]) -> bool:
    plain = address.strip("[]")
    return plain in here or ip_address(plain).is_loopback


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _certificate(swarm: Path) -> bytes:
    """Return the node's own certificate, whose subject holds its id."""
    found = _CERTIFICATE.search((swarm / "certificates" / "swarm-node.crt").read_text())
    return b64decode(found[1]) if found else b""
