"""Refusals: what no engine takes, reported at its place in the file before any related object is written.

The rules are those of SwarmKit (``manager/controlapi``, ``manager/constraint``), and, for images, of
``distribution/reference``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_interface

from reconciler.compose import schema
from reconciler.desired.model import Spec
from reconciler.passwords import partly
from reconciler.spec.forms import DURATION
from reconciler.spec.paths import get
from reconciler.spec.service import SERVICE
from reconciler.yaml.document import Path

Refusal = tuple[Path, str, str]
"""Path below the service, what is wrong, and what would be right."""

NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9])*\Z")
"""Names of services and networks: they become parts of DNS names."""
LONGEST_NAME = 63
"""Characters of a name, as in a label of a DNS name."""
CONTENT_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,62}[a-zA-Z0-9])?\Z")
"""Names of configs and secrets."""
LARGEST_CONTENT = {"configs": 1_023_999, "secrets": 511_999}
"""Bytes."""
LONGEST_VOLUME = 255
"""Bytes of a volume's name: the engine makes a folder of that name."""
VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+\Z")
"""Names of volumes of the driver ``local``."""
_LARGEST_SPEC = 1_400_000
"""Bytes of environment and labels: Swarm writes no object of more than 1.5 MB (SwarmKit, ``MaxTransactionBytes``)."""
_LEAST_CPUS, _LEAST_MEMORY, _LEAST_WAIT = 10**6, 4 * 1024**2, 10**6
"""Billionths of a processor, bytes, nanoseconds."""
_WAITS = tuple((key.name, key.api[-1]) for key in SERVICE if key.parent == "healthcheck" and key.form is DURATION)
"""Times of a health check: key and member."""
_PROPAGATIONS = ("rprivate", "private", "rshared", "shared", "rslave", "slave")
_CONSTRAINT = re.compile(r"\s*[a-z_][a-z0-9\-_.]+\s*(?:==|!=)[a-z0-9:\-_\s.*()?+\[\]\\^$|/]+\Z", re.IGNORECASE)
_IMAGE = re.compile(
    r"(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])"
    r"(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::\w[\w.-]{0,127})?(?:@(?!sha256:)[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,}|@sha256:[0-9a-f]{64})?\Z",
    re.ASCII,
)


def refusals(service: schema.Service, spec: Spec) -> Iterator[Refusal]:
    """Yield what an engine would refuse. ``spec`` is what ``service`` is lowered to."""
    if service.image and not _IMAGE.match(service.image):
        yield (
            ("image",),
            f"{partly(service.image)!r} is no name of an image",
            "write it like [HOST/]name[:tag][@sha256:…]",
        )
    yield from _size(spec)
    yield from _amounts(service.deploy.resources, spec)
    yield from _waits(spec)
    yield from _ports(service, spec)
    for kind, references in (("configs", service.configs), ("secrets", service.secrets)):
        yield from _same_file(kind, references)
    targets: set[str] = set()
    for index, mount in enumerate(service.volumes):
        if mount.target in targets:
            yield ("volumes", index), f"{mount.target} is where another mount goes already", "give one another target"
        targets.add(mount.target)
        propagation = mount.bind.propagation if mount.bind else None
        if propagation and propagation not in _PROPAGATIONS:
            where: Path = ("volumes", index, "bind", "propagation")
            yield where, f"{propagation!r} is no propagation of a mount", f"one of {', '.join(_PROPAGATIONS)}"
    for index, constraint in enumerate(get(spec, ("TaskTemplate", "Placement", "Constraints")) or ()):
        if not _CONSTRAINT.match(constraint):
            at: Path = ("deploy", "placement", "constraints", index)
            yield at, f"{constraint!r} is no constraint", "write it like node.role == manager, or with !="
    if service.deploy.mode.endswith("-job") and "UpdateConfig" in spec:
        hint = "drop it: a job isn't rolled out, a new spec runs it again"
        yield ("deploy", "update_config"), "a job takes no update_config", hint


def name_limits(name: str) -> str:
    """Return the hint for a name of a service or network that Swarm refuses."""
    length = f"; this name has {len(name)}" if len(name) > LONGEST_NAME else ""
    return f"letters, digits, - and _ with a letter or digit at both ends, {LONGEST_NAME} in all{length}"


def _size(spec: Spec) -> Iterator[Refusal]:
    container = spec["TaskTemplate"]["ContainerSpec"]
    labels = (*spec["Labels"].items(), *container["Labels"].items())
    size = sum(map(len, container.get("Env") or ())) + sum(len(key) + len(text) for key, text in labels)
    if size > _LARGEST_SPEC:
        hint = "Swarm takes 1.5 MB for the whole service: bring large values in as configs"
        yield (), f"environment and labels have {size:,} bytes", hint


def _amounts(given: schema.Resources, spec: Spec) -> Iterator[Refusal]:
    for name in ("limits", "reservations"):
        part: Spec = get(spec, ("TaskTemplate", "Resources", name.capitalize())) or {}
        path: Path = ("deploy", "resources", name)
        if 0 < part.get("NanoCPUs", 0) < _LEAST_CPUS:
            yield (*path, "cpus"), "less of a processor than Swarm gives", "write 0.001 at least"
        if 0 < part.get("MemoryBytes", 0) < _LEAST_MEMORY:
            yield (*path, "memory"), "less memory than Swarm gives", "write 4m at least"
    for index, item in enumerate(given.reservations.generic_resources if given.reservations else ()):
        if item.discrete_resource_spec is None:
            where: Path = ("deploy", "resources", "reservations", "generic_resources", index)
            yield where, "a generic resource that isn't named", "write {discrete_resource_spec: {kind: gpu, value: 1}}"


def _waits(spec: Spec) -> Iterator[Refusal]:
    check: Spec = get(spec, ("TaskTemplate", "ContainerSpec", "Healthcheck")) or {}
    for name, member in _WAITS if check else ():
        if 0 < check.get(member, 0) < _LEAST_WAIT:
            yield ("healthcheck", name), "a shorter time than Swarm takes", "write 1ms at least"


def _ports(service: schema.Service, spec: Spec) -> Iterator[Refusal]:
    taken: set[tuple[int, str]] = set()
    for index, ports in enumerate(service.ports):
        path: Path = ("ports", index)
        if spec["EndpointSpec"].get("Mode") == "dnsrr" and any(port.mode == "ingress" for port in ports):
            hint = "publish it with `mode: host`, or drop `endpoint_mode`"
            yield path, "with endpoint_mode dnsrr there is no ingress to publish a port by", hint
        twice: list[tuple[int, str]] = []
        for each in ((port.published, port.protocol) for port in ports if port.published):
            twice += [each] if each in taken else []
            taken.add(each)
        if twice:
            yield path, f"port {twice[0][0]}/{twice[0][1]} is published twice", "publish it for one target"


def _same_file(kind: str, references: Sequence[schema.FileReference]) -> Iterator[Refusal]:
    taken: dict[str, str] = {}
    for index, reference in enumerate(references):
        target = reference.target or reference.source
        if target in taken:
            message = f"{reference.source} and {taken[target]} are the same file in the container, {target}"
            yield (kind, index), message, "give one of them another `target`"
        taken.setdefault(target, reference.source)


def is_subnet(given: str) -> bool:
    """Say whether Go's ``net.ParseCIDR`` takes the string: an address and the bits of its network."""
    address, slash, bits = given.partition("/")
    try:
        ip_interface(given)
    except ValueError:
        return False
    return bool(address and slash) and bits.isdigit()
