"""One service of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ruamel.yaml.scalarint import OctalInt

from reconciler import labels
from reconciler.compose.raising.deploy import deploy
from reconciler.compose.raising.file import Raised
from reconciler.compose.raising.mounts import mount
from reconciler.compose.raising.table import merged, service_keys
from reconciler.compose.raising.values import kept, labels_of
from reconciler.desired.images import familiar
from reconciler.desired.model import PREDEFINED, Spec
from reconciler.observed.model import Service
from reconciler.spec.beside import FILE_MODE

_PLACES = {"image": -5, "entrypoint": -4, "command": -3, "environment": -2, "labels": -1, "ports": 1, "deploy": 2}
"""Order of keys, as in a file that a person would write."""


def add(service: Service, into: Raised) -> None:
    """Add a service to the file, and whatever it uses."""
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
        "environment": _pairs(container.get("Env") or []),
        "labels": labels_of(container),
        "volumes": [mount(each, into) for each in container.get("Mounts") or []],
        "configs": [_reference("Config", each, into.config) for each in _files(container, "Configs")],
        "secrets": [_reference("Secret", each, into.secret) for each in _files(container, "Secrets")],
        "credential_spec": _credentials(container, into),
        "ports": [_port(port) for port in (spec.get("EndpointSpec") or {}).get("Ports") or []],
        "networks": _networks(spec, into, path),
        "deploy": deploy(spec, task),
        "memswap_limit": _swap(task.get("Resources") or {}),
    }
    raised = merged(service_keys(spec), kept(found))
    return dict(sorted(raised.items(), key=lambda item: _PLACES.get(item[0], 0)))


def _image(spec: Spec, image: str) -> str:
    """Return the image as its file wrote it, if ``docker stack`` noted that. The digest is kept only if there is no
    tag."""
    name, _, _ = image.partition("@")
    said = labels.of(spec, labels.IMAGE)
    if said and familiar(said) in {image, familiar(name)}:
        return said
    return name if ":" in name.rsplit("/", 1)[-1] else image


def _pairs(entries: list[str]) -> dict[str, str | None]:
    split = (entry.partition("=") for entry in entries)
    return {name: text if sign else None for name, sign, text in split}


def _swap(resources: Mapping[str, Any]) -> int | None:
    """Return the limit of memory and swap together, as Compose counts it."""
    swap, memory = resources.get("SwapBytes"), (resources.get("Limits") or {}).get("MemoryBytes", 0)
    return swap if swap in {None, -1} else swap + memory


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
    mode = file.get("Mode", FILE_MODE)
    if mode != FILE_MODE:
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
    """Say whether the service has its name in the file as an alias, as lowering sets it."""
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
