"""The engine of a container, one that is found or one of our own, and its place in a Swarm."""

from __future__ import annotations

import fcntl
import socket
import struct
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from reconciler.records import dataclass

SIOCGIFADDR = 0x8915
OWN = ("lo", "docker", "br-", "veth", "ov-")
"""Prefixes of interfaces that engines make; other machines can't reach those."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One address of ours. ``rank`` is 0 if the default route leaves by its interface, else 1."""

    rank: int
    interface: str
    address: str


def here() -> tuple[Address, ...]:
    """Return the addresses that may be advertised, the best one first; the order is always the same."""
    way_out = default_interface(Path("/proc/net/route").read_text())
    names = [name for _, name in socket.if_nameindex() if not name.startswith(OWN)]
    v4 = [Address(int(name != way_out), name, address) for name in names for address in _v4(name)]
    return tuple(sorted(v4)) or _v6(names)


def meant(advertise: str, among: tuple[Address, ...]) -> str:
    """Return the address that ``advertise`` stands for now: an ``IP``, an ``IP:PORT``, or an interface. Empty if it has
    none."""
    for candidate in (advertise, advertise.rpartition(":")[0].strip("[]")):
        with suppress(ValueError):
            return str(ip_address(candidate))
        for each in among:
            if each.interface == candidate:
                return each.address
    return ""


def default_interface(routes: str) -> str:
    """Return the interface of the default route with the lowest metric, from the text of ``/proc/net/route``; empty if
    there is none."""
    fields = [line.split() for line in routes.splitlines()[1:]]
    ways = [(int(each[6]), each[0]) for each in fields if each[1] == each[7] == "00000000"]
    return min(ways)[1] if ways else ""


def _v4(interface: str) -> list[str]:
    """Return the interface's first address; the kernel answers with an error if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket, suppress(OSError):
        answer = fcntl.ioctl(any_socket, SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
        return [socket.inet_ntoa(answer[20:24])]
    return []


def _v6(names: list[str]) -> tuple[Address, ...]:
    """Return addresses of global scope, for a network without IPv4."""
    try:
        lines = Path("/proc/net/if_inet6").read_text().splitlines()
    except FileNotFoundError:
        return ()
    fields = [line.split() for line in lines]
    found = (Address(1, each[5], str(IPv6Address(int(each[0], 16)))) for each in fields if each[3] == "00")
    return tuple(sorted(address for address in found if address.interface in names))
