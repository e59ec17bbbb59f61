"""Where a Swarm's only manager looks for the manager: at itself, whatever address it once had.

An engine notes the addresses of the managers in ``swarm/state.json``, and asks them first when it starts. Its own is
in there as it was when the Swarm was made, for good (Raft keeps it). In a container that has another address by now it
gets no answer, gives up after 5 s, and fails the tasks that it was to start meanwhile. (Seen on 20.10; read in
SwarmKit's ``node/node.go``, ``persistentRemotes``, and ``connectionbroker``.)
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path

LOOPBACK = "127.0.0.1"
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----")


def point_to_itself(swarm: Path, here: Collection[str]) -> bool:
    """Whether there was something to mend, in an engine's folder ``swarm``; the engine mustn't run. ``here`` are the
    addresses that it has now. The other managers of a Swarm of several, and those of a worker, are left as they are."""
    noted = swarm / "state.json"
    try:
        remotes = json.loads(noted.read_text())
        if not (swarm / "raft").is_dir() or len(remotes) != 1:
            return False
        node, (address, _, port) = remotes[0]["node_id"], remotes[0]["addr"].rpartition(":")
        if _is_reached(address, here) or node.encode() not in _certificate(swarm):
            return False
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False  # none of our business: the engine makes of its files what it can
    fresh = noted.with_name("state.json.new")
    fresh.write_text(json.dumps([{"node_id": node, "addr": f"{LOOPBACK}:{port}"}]))
    fresh.chmod(0o600)
    fresh.rename(noted)
    return True


def _is_reached(address: str, here: Collection[str]) -> bool:
    return address in here or ip_address(address.strip("[]")).is_loopback


def _certificate(swarm: Path) -> bytes:
    """The node's own, whose subject holds its id."""
    found = _CERTIFICATE.search((swarm / "certificates" / "swarm-node.crt").read_text())
    return b64decode(found[1]) if found else b""
