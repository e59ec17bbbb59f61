"""One service of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ruamel.yaml.scalarint import OctalInt

from reconciler import labels
from reconciler.compose.raising.deploy import deploy
from reconciler.compose.raising.file import Raised
from reconciler.compose.raising.mounts import mount
from reconciler.compose.raising.values import kept, labels_of, seconds
from reconciler.desired.images import familiar
from reconciler.desired.model import PREDEFINED, SECOND, Spec
from reconciler.observed.model import Service


def add(service: Service, into: Raised) -> None:
    """Adds a service to the file, and whatever it uses."""
    key = into.key(service.name) if _answers_to(into.key(service.name), service.spec) else service.name
    path = ("services", key)
    raised = _service(service.spec, into, path)
    if service.name != f"{into.stack}_{key}":
        raised["x-reconciler"] = {"name": service.name}
    into.data.setdefault("services", {})[key] = raised


def _service(spec: Spec, into: Raised, path: tuple[str, ...]) -> dict[str, Any]:
    task = spec.get("TaskTemplate") or {}
    container = task.get("ContainerSpec") or {}
    image = _image(spec, container.get("Image") or "")
    digest = str(container.get("Image") or "").partition("@")[2]
    if digest and "@" not in image:
        into.notes[(*path, "image")] = f"runs {digest}"
    found = {
        "image": image,
        "entrypoint": container.get("Command"),
        "command": container.get("Args"),
        "environment": _pairs(container.get("Env") or []),
        "labels": labels_of(container),
        "hostname": container.get("Hostname"),
        "working_dir": container.get("Dir"),
        "user": container.get("User"),
        "group_add": container.get("Groups"),
        "stop_signal": container.get("StopSignal"),
        "tty": container.get("TTY"),
        "stdin_open": container.get("OpenStdin"),
        "read_only": container.get("ReadOnly"),
        "oom_score_adj": container.get("OomScoreAdj"),
        "isolation": "" if container.get("Isolation") == "default" else container.get("Isolation"),
        "cap_add": container.get("CapabilityAdd"),
        "cap_drop": container.get("CapabilityDrop"),
        "sysctls": container.get("Sysctls"),
        "ulimits": {each["Name"]: _limit(each) for each in container.get("Ulimits") or []},
        "dns": (container.get("DNSConfig") or {}).get("Nameservers"),
        "dns_search": (container.get("DNSConfig") or {}).get("Search"),
        "extra_hosts": [
            f"{host}={line.split()[0]}" for line in container.get("Hosts") or [] for host in line.split()[1:]
        ],
        "healthcheck": _health(container.get("Healthcheck") or {}),
        "volumes": [mount(each, into) for each in container.get("Mounts") or []],
        "configs": [_reference("Config", each, into.config) for each in _files(container, "Configs")],
        "secrets": [_reference("Secret", each, into.secret) for each in _files(container, "Secrets")],
        "credential_spec": _credentials(container, into),
        "ports": [_port(port) for port in (spec.get("EndpointSpec") or {}).get("Ports") or []],
        "networks": _networks(spec, into, path),
        "logging": _logging(task.get("LogDriver") or {}),
        "deploy": deploy(spec, task),
        "memswap_limit": _swap(task.get("Resources") or {}),
    }
    raised = kept(found)
    grace = container.get("StopGracePeriod")
    if grace is not None and grace != 10 * SECOND:
        raised["stop_grace_period"] = seconds(grace)
    if (swappiness := (task.get("Resources") or {}).get("MemorySwappiness")) not in {None, -1}:
        raised["mem_swappiness"] = swappiness
    if container.get("Init") is not None:
        raised["init"] = container["Init"]
    return raised


def _image(spec: Spec, image: str) -> str:
    """As its file wrote it, where ``docker stack`` noted that; the digest only where there is no tag to resolve."""
    name, _, _ = image.partition("@")
    said = labels.of(spec, labels.IMAGE)
    if said and familiar(said) in {image, familiar(name)}:
        return said
    return name if ":" in name.rsplit("/", 1)[-1] else image


def _pairs(entries: list[str]) -> dict[str, str | None]:
    split = (entry.partition("=") for entry in entries)
    return {name: text if sign else None for name, sign, text in split}


def _limit(ulimit: Mapping[str, Any]) -> Any:
    soft, hard = ulimit.get("Soft", 0), ulimit.get("Hard", 0)
    return soft if soft == hard else {"soft": soft, "hard": hard}


def _swap(resources: Mapping[str, Any]) -> int | None:
    """Compose counts memory and swap together."""
    swap, memory = resources.get("SwapBytes"), (resources.get("Limits") or {}).get("MemoryBytes", 0)
    return swap if swap in {None, -1} else swap + memory


def _health(check: Mapping[str, Any]) -> dict[str, Any]:
    times = ("Interval", "Timeout", "StartPeriod", "StartInterval")
    names = ("interval", "timeout", "start_period", "start_interval")
    found = {name: seconds(check[member]) for name, member in zip(names, times, strict=True) if check.get(member)}
    return kept({"test": check.get("Test"), **found, "retries": check.get("Retries")})


def _files(container: Mapping[str, Any], member: str) -> list[Mapping[str, Any]]:
    return [reference for reference in container.get(member) or [] if reference.get("File")]


def _reference(kind: str, reference: Mapping[str, Any], declared: Callable[[str], str]) -> Any:
    file = reference["File"]
    key = declared(reference[f"{kind}Name"])
    found = {
        "source": key,
        "target": "" if file.get("Name") == key else file.get("Name"),
        "uid": "" if file.get("UID", "0") == "0" else file["UID"],
        "gid": "" if file.get("GID", "0") == "0" else file["GID"],
    }
    raised = kept(found)
    mode = file.get("Mode", 0o444)
    if mode != 0o444:
        return {**raised, "mode": OctalInt(mode)}
    return key if raised == {"source": key} else raised


def _credentials(container: Mapping[str, Any], into: Raised) -> dict[str, Any]:
    given = (container.get("Privileges") or {}).get("CredentialSpec") or {}
    config = into.config(given["Config"]) if given.get("Config") else ""
    return kept({"config": config, "file": given.get("File"), "registry": given.get("Registry")})


def _port(port: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "target": port.get("TargetPort"),
        "published": port.get("PublishedPort"),
        "protocol": "" if port.get("Protocol", "tcp") == "tcp" else port["Protocol"],
        "mode": "" if port.get("PublishMode", "ingress") == "ingress" else port["PublishMode"],
    }
    return kept(found)


def _answers_to(key: str, spec: Spec) -> bool:
    """Whether the service has its name in the file as an alias, as lowering gives it."""
    attached = (spec.get("TaskTemplate") or {}).get("Networks") or []
    return all(key in (each.get("Aliases") or []) for each in attached if each["Target"] not in PREDEFINED)


def _networks(spec: Spec, into: Raised, path: tuple[str, ...]) -> Any:
    found: dict[str, Any] = {}
    for attachment in (spec.get("TaskTemplate") or {}).get("Networks") or []:
        key = into.network(attachment["Target"])
        own = path[-1] if path[-1] != spec.get("Name") else ""
        aliases = [alias for alias in attachment.get("Aliases") or [] if alias != own]
        found[key] = kept({"aliases": aliases, "driver_opts": attachment.get("DriverOpts")}) or None
    if found == {"default": None}:
        return None
    return list(found) if not any(found.values()) else found


def _logging(driver: Mapping[str, Any]) -> dict[str, Any]:
    return kept({"driver": driver.get("Name"), "options": driver.get("Options")})
