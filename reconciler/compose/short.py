"""Short forms of ports and mounts, as their long ones. Each raises ``ValueError``."""

from __future__ import annotations

import re
from typing import Any

from reconciler.compose.scalars import text, texts

_PORT = re.compile(
    r"(?:(?:(?P<ip>\[.*\]|[^:]*):)?(?P<published>\d*(?:-\d+)?):)?(?P<target>\d+(?:-\d+)?)(?:/(?P<protocol>\w+))?\Z"
)
_MODES = {"ro", "rw", "z", "Z", "nocopy", "consistent", "cached", "delegated"}
_PROPAGATION = {"shared", "rshared", "slave", "rslave", "private", "rprivate"}


def ports(value: Any) -> list[dict[str, Any]]:
    """``[[IP:]PUBLISHED:]TARGET[/PROTOCOL]``, ranges included, one long form per port; long forms as they are."""
    if isinstance(value, dict):
        return [value]
    given = text(value)
    found = _PORT.match(given)
    if not found:
        raise ValueError(f"{given!r} isn't a port; write it like 8080:80 or 8080:80/udp")
    targets, published = _range(found["target"]), _range(found["published"] or "")
    if published and len(published) != len(targets):
        raise ValueError(f"{given!r} publishes {len(published)} ports for {len(targets)}; both ranges need one length")
    protocol = (found["protocol"] or "tcp").lower()
    everywhere = (found["ip"] or "") in {"", "0.0.0.0", "[::]"}
    rest = {"protocol": protocol, "mode": "ingress", **({} if everywhere else {"host_ip": found["ip"]})}
    return [
        {"target": target, "published": published[index] if published else 0, **rest}
        for index, target in enumerate(targets)
    ]


def _range(given: str) -> list[int]:
    if not given:
        return []
    first, _, last = given.partition("-")
    ports = range(int(first), int(last or first) + 1)
    if not ports or not 0 <= ports[0] <= ports[-1] <= 65535:
        raise ValueError(f"{given!r} isn't a port; ports go from 0 to 65535, a range from low to high")
    return list(ports)


def mount(value: Any) -> Any:
    """``[SOURCE:]TARGET[:OPTIONS]``; a source that is a path means a bind, another one a volume."""
    if isinstance(value, dict):
        return value
    given = text(value)
    parts = given.split(":")
    if not all(parts) or len(parts) > 3:
        raise ValueError(f"{given!r} isn't a mount; write it like data:/var/lib/data or ./conf:/etc/conf:ro")
    if len(parts) == 1:
        return {"type": "volume", "target": given}
    source, target = parts[:2]
    bind = source[0] in "./~"
    long: dict[str, Any] = {"type": "bind" if bind else "volume", "source": source, "target": target}
    for option in parts[2].split(",") if len(parts) == 3 else []:
        if option in _PROPAGATION:
            long["bind"] = {"propagation": option}
        elif option not in _MODES:
            raise ValueError(f"{option!r} isn't an option of a mount; there are {', '.join(sorted(_MODES))}")
        elif option == "ro":
            long["read_only"] = True
        elif option == "nocopy":
            long["volume"] = {"nocopy": True}
        elif option in {"consistent", "cached", "delegated"}:
            long["consistency"] = option
    return long


def hosts(value: Any) -> list[tuple[str, str]]:
    """``HOST:IP`` or ``HOST=IP`` lines, or a mapping of them, as (host, address)."""
    if isinstance(value, dict):
        return [(str(host), _bare(address)) for host, given in sorted(value.items()) for address in texts(given)]
    found = []
    for line in texts(value):
        host, sign, address = line.partition("=" if "=" in line else ":")
        if not sign or not host or not address:
            raise ValueError(f"{line!r} isn't a host and its address; write it like db.local:10.0.0.5")
        found.append((host.strip(), _bare(address.strip())))
    return found


def _bare(address: str) -> str:
    """IPv6 addresses may stand in brackets."""
    return address.removeprefix("[").removesuffix("]")
