"""Networks, volumes, configs and secrets of a file."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.compose import schema
from reconciler.compose.files import FileRefused
from reconciler.compose.lowering.refusals import (
    CONTENT_NAME,
    LARGEST_CONTENT,
    LONGEST_NAME,
    LONGEST_VOLUME,
    NAME,
    VOLUME_NAME,
    is_subnet,
    name_limits,
)
from reconciler.compose.lowering.stack import Source, kept
from reconciler.compose.lowering.table import put_keys
from reconciler.desired.model import PREDEFINED, Config, Generate, Network, Secret, Spec, Volume
from reconciler.spec.fields import engine_default
from reconciler.spec.network import NETWORK
from reconciler.yaml.document import Path

DEFAULT = "default"
OF_ONE_NODE = {"bridge", "macvlan", "ipvlan", "host", "null"}
"""Drivers that make local networks unless a scope is given, which no Compose file can do."""


def networks(source: Source) -> Iterator[Network]:
    """Yield the networks that services are attached to: ``docker stack`` makes no others."""
    for key in sorted({key for service in source.file.services.values() for key in attached(service)}):
        declared = source.file.networks.get(key) or schema.Network()
        name = source.network_name(key)
        at = source.at(("networks", key))
        if declared.external is not None or name in PREDEFINED:
            source.look_outside("networks", key, declared)
            yield Network(name, source.stack, external=True, at=at)
            continue
        fits = NAME.match(name) and len(name) <= LONGEST_NAME
        if not fits and not source.found.faulty(("name",)):
            message = f"Swarm takes no network of the name {name}"
            source.found.fault(("networks", key, "name"), message, name_limits(name))
        for index, pool in enumerate(declared.ipam.config if declared.ipam else ()):
            if pool.subnet and not is_subnet(pool.subnet):
                path = ("networks", key, "ipam", "config", index, "subnet")
                source.found.fault(path, f"{pool.subnet!r} is no subnet", "write it like 10.5.0.0/16")
        if not declared.enable_ipv4:
            hint = "Swarm gives every network IPv4 addresses"
            source.found.warn(("networks", key, "enable_ipv4"), f"networks.{key}.enable_ipv4 isn't honoured", hint)
        spec: Spec = {
            "Name": name,
            "Driver": engine_default("driver", NETWORK),
            "Labels": source.labelled(declared.labels),
            "Options": {},
            "Internal": False,
            "Attachable": False,
            "CheckDuplicate": True,
        }
        put_keys(spec, declared)
        if spec["Driver"] in OF_ONE_NODE:
            message = f"driver {spec['Driver']} makes networks of one node, and services take none of those"
            source.found.fault(("networks", key, "driver"), message, "drop `driver`: overlay is the default")
        if declared.ipam and (declared.ipam.driver or declared.ipam.config or declared.ipam.options):
            spec["IPAM"] = {"Driver": declared.ipam.driver, "Config": [_pool(pool) for pool in declared.ipam.config]}
            if declared.ipam.options:
                spec["IPAM"]["Options"] = dict(declared.ipam.options)
        replace = declared.x_reconciler.replace or source.file.x_reconciler.replace
        yield Network(name, source.stack, spec, replace=replace, at=at)


def attached(service: schema.Service) -> list[str]:
    """Return the keys of a service's networks: the stack's default network if it names none."""
    return list(service.networks) if service.networks else [DEFAULT]


def _pool(pool: schema.Pool) -> Spec:
    return kept({"Subnet": pool.subnet, "IPRange": pool.ip_range, "Gateway": pool.gateway})


def _names_a_volume(name: str) -> bool:
    return VOLUME_NAME.match(name) is not None and len(name) <= LONGEST_VOLUME


def volumes(source: Source) -> Iterator[Volume]:
    for key, given in source.file.volumes.items():
        declared = given or schema.Volume()
        name = source.volume_name(key)
        at = source.at(("volumes", key))
        if declared.external is not None:
            source.look_outside("volumes", key, declared)
            yield Volume(name, source.stack, external=True, at=at)
            continue
        # A name with a template is filled in for each task, so it can't be checked here.
        if declared.driver in {"", "local"} and "{{" not in name and not _names_a_volume(name):
            hint = f"letters, digits, -, _ and ., 2 to {LONGEST_VOLUME} in all, the first a letter or digit"
            source.found.fault(("volumes", key, "name"), f"an engine takes no volume of the name {name}", hint)
        spec = {
            "Name": name,
            "Driver": declared.driver or "local",
            "DriverOpts": dict(declared.driver_opts),
            "Labels": source.labelled(declared.labels),
        }
        yield Volume(name, source.stack, spec, at=at)


def configs(source: Source) -> Iterator[Config]:
    for key, declared in source.file.configs.items():
        name = source.content_name("configs", key)
        at = source.at(("configs", key))
        if declared.external is not None:
            source.look_outside("configs", key, declared)
            yield Config(name, source.stack, external=True, at=at)
            continue
        data = _data(source, "configs", key, declared)
        spec = _content(source, "configs", key, declared)
        yield Config(name, source.stack, spec, data, at=at)


def secrets(source: Source) -> Iterator[Secret]:
    for key, declared in source.file.secrets.items():
        name = source.content_name("secrets", key)
        at = source.at(("secrets", key))
        spec = _content(source, "secrets", key, declared)
        if declared.external is not None:
            source.look_outside("secrets", key, declared)
            yield Secret(name, source.stack, external=True, at=at)
        elif declared.x_reconciler is not None:
            given = [way for way in ("file", "content", "environment") if getattr(declared, way) is not None]
            if given:
                source.found.fault(
                    ("secrets", key, given[0]),
                    f"secret {key} is generated and has `{given[0]}` too",
                    "keep one of the two",
                )
            length = declared.x_reconciler.generate.length
            yield Secret(name, source.stack, spec, generate=Generate(length), at=at)
        else:
            if declared.driver:
                spec["Driver"] = {"Name": declared.driver, "Options": dict(declared.driver_opts)}
            data = b"" if declared.driver else _data(source, "secrets", key, declared)
            yield Secret(name, source.stack, spec, data, at=at)


def _content(source: Source, kind: str, key: str, declared: schema.Content) -> Spec:
    name = source.content_name(kind, key)
    if not CONTENT_NAME.match(name) and declared.external is None:
        hint = "letters, digits, -, _ and . with a letter or digit at both ends, 64 in all"
        source.found.fault((kind, key, "name"), f"Swarm takes no {kind.removesuffix('s')} of the name {name}", hint)
    spec: Spec = {"Name": name, "Labels": source.labelled(declared.labels)}
    if declared.template_driver:
        spec["Templating"] = {"Name": declared.template_driver}
    return spec


def _data(source: Source, kind: str, key: str, declared: schema.Content) -> bytes:
    singular = kind.removesuffix("s")
    given = [way for way in ("file", "content", "environment") if getattr(declared, way) is not None]
    if len(given) != 1:
        what = "has no content" if not given else f"has {' and '.join(given)} at once"
        ways = "`file`, `content`, `environment` or `external`"
        ways += " or `x-reconciler: {generate: true}`" if kind == "secrets" else ""
        source.found.fault((kind, key), f"{singular} {key} {what}", f"say one of {ways}", key=True)
        return b""
    path = (kind, key, given[0])
    data = _given(source, declared, path)
    if data is None:
        return b""
    if not 0 < len(data) <= LARGEST_CONTENT[kind]:
        what = "is empty" if not data else f"has {len(data)} bytes"
        hint = f"Swarm takes 1 byte at least, and {LARGEST_CONTENT[kind]} at most; use a volume or an image for more"
        source.found.fault(path, f"{singular} {key} {what}", hint)
    return data


def _given(source: Source, declared: schema.Content, path: Path) -> bytes | None:
    """Return the declared content; None if it can't be read."""
    name = f"{str(path[0]).removesuffix('s')} {path[1]}"
    if declared.content is not None:
        return declared.content.encode()
    if declared.environment is not None:
        if declared.environment not in source.environ:
            message = f"{name} comes from the variable {declared.environment}, which is not set"
            source.found.fault(path, message, "set it in the environment or in .env")
            return None
        return source.environ[declared.environment].encode()
    try:
        return source.files.read(declared.file or "")
    except FileRefused as error:
        source.found.fault(path, f"{name}: {error}", error.hint)
        return None
