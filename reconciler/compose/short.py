"""Expansion of the short forms of ports and mounts to their long ones. Each function raises ``ValueError``."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any

from reconciler.compose.scalars import text, texts

_PORT = re.compile(
    r"(?:(?:(?P<ip>.*):)?(?P<published>(?:\d{1,99}(?:-\d{1,99})?)?):)?"
    r"(?P<target>\d{1,99}(?:-\d{1,99})?)(?:/(?P<protocol>\w*))?\Z"
)
_LAST = 65535
_EVERYWHERE = {"", "0.0.0.0", "::", "[::]"}  # nosec # what a file may say: nothing is bound here
_PROPAGATION = {"shared", "rshared", "slave", "rslave", "private", "rprivate"}
_OPTIONS = {"ro", "rw", "nocopy"} | _PROPAGATION


def ports(value: Any) -> list[dict[str, Any]]:
    """Expand ``[[IP:]PUBLISHED:]TARGET[/PROTOCOL]``, including ranges, to one long form per port. Long forms stay as
    they are.

    A range that is published for one target gives that target every port of it (docker/cli, ``opts/swarmopts``).
    """
    if isinstance(value, dict):
        return [value]
    given = text(value)
    found = _PORT.match(given)
    if not found:
        raise ValueError(f"{given!r} isn't a port; write it like 8080:80 or 8080:80/udp")
    targets, published = _range(found["target"]), _range(found["published"] or "")
    if len(targets) == 1 and published:
        targets = targets * len(published)
    if published and len(published) != len(targets):
        raise ValueError(f"{given!r} publishes {len(published)} ports for {len(targets)}; both ranges need one length")
    protocol = (found["protocol"] or "tcp").lower()
    address = found["ip"] or ""
    everywhere = address in _EVERYWHERE
    if not everywhere and not _is_address(_bare(address)):
        raise ValueError(f"{address!r} isn't an IP address; write {given.removeprefix(f'{address}:')}")
    rest = {"protocol": protocol, "mode": "ingress", **({} if everywhere else {"host_ip": address})}
    pairs = zip(targets, published or [0] * len(targets), strict=True)
    return [{"target": target, "published": port, **rest} for target, port in pairs]


def how_many(value: Any) -> int:
    """Return how many ports an item of ``ports`` stands for, at most; 1 if it is no port."""
    found = _PORT.match(value) if isinstance(value, str) else None
    ranges = (found["target"], found["published"] or "") if found else ()
    bounds = [(int(first), int(last)) for first, dash, last in (each.partition("-") for each in ranges) if dash]
    return max((last - first + 1 for first, last in bounds if last <= _LAST), default=1)


def _range(given: str) -> list[int]:
    if not given:
        return []
    first, _, last = given.partition("-")
    ports = range(int(first), int(last or first) + 1)
    if not ports or not 0 <= ports[0] <= ports[-1] <= _LAST:
        raise ValueError(f"{given!r} isn't a port; ports go from 0 to 65535, a range from low to high")
    return list(ports)


def _is_address(given: str) -> bool:
    try:
        return bool(ip_address(given)) and "%" not in given
    except ValueError:
        return False


def mount(value: Any) -> Any:
    """Expand ``[SOURCE:]TARGET[:OPTIONS]``. A source that is a path means a bind, any other a volume (docker/cli,
    ``internal/volumespec``). Options that mean nothing to Swarm are left out: see ``options_left_out``."""
    if isinstance(value, dict):
        return value
    given = text(value)
    parts = _sections(given)
    if not all(parts) or len(parts) > 3:
        raise ValueError(f"{given!r} isn't a mount; write it like data:/var/lib/data or ./conf:/etc/conf:ro")
    if len(parts) == 1:
        return {"type": "volume", "target": given}
    source, target = parts[:2]
    long: dict[str, Any] = {"type": "bind" if _is_path(source) else "volume", "source": source, "target": target}
    for option in parts[2].split(",") if len(parts) == 3 else []:
        if option in _PROPAGATION:
            long["bind"] = {"propagation": option}
        elif option == "nocopy":
            long["volume"] = {"nocopy": True}
        elif option in {"ro", "rw"}:
            long["read_only"] = option == "ro"
    return long


def options_left_out(value: Any) -> list[str]:
    """Return the options left out of a mount's short form, such as `z` or `cached`."""
    parts = [] if isinstance(value, dict) else _sections(text(value))
    return [option for option in parts[2].split(",") if option not in _OPTIONS] if len(parts) == 3 else []


def _sections(given: str) -> list[str]:
    """Split at colons, except that of a Windows drive (one letter before a colon).

    `d:/data` and `d:/data:ro` are the volume `d`, unlike `d:/data:/data`, which mounts a folder of that drive.
    """
    if len(given) <= 2:
        return [given]
    parts = given.split(":")
    found: list[str] = []
    for part in parts:
        if found and len(found[-1]) == 1 and found[-1].isalpha():
            found[-1] += f":{part}"
        else:
            found.append(part)
    first, *rest = found
    if first[1:3] == ":/" and not (rest and _is_path(rest[0] or " ")):
        return [first[0], first[2:], *rest]
    return found


def _is_path(source: str) -> bool:
    drive = source[0].isalpha() and source[1:2] == ":"
    return source[0] in "./~" or source.startswith("\\\\") or drive


def hosts(value: Any) -> list[tuple[str, str]]:
    """Return (host, address) pairs from ``HOST=IP`` or ``HOST:IP`` lines, or a mapping of them."""
    if isinstance(value, dict):
        pairs = [(host, text(one)) for host, given in value.items() if given is not None for one in _each(given)]
        return sorted(((host, _bare(address)) for host, address in pairs), key=":".join)
    found = []
    for line in texts(value):
        host, sign, address = line.partition("=" if "=" in line else ":")
        if not sign or not host:
            raise ValueError(f"{line!r} isn't a host and its address; write it like db.local:10.0.0.5")
        found.append((host, _bare(address)))
    return found


def _each(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _bare(address: str) -> str:
    """Return an IPv6 address without the brackets that it may have."""
    return address[1:-1] if len(address) > 2 and address[0] == "[" and address[-1] == "]" else address
