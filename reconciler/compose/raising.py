"""The way back of lowering: from Engine API objects to a Compose file that lowers to them. Defaults are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.scalarint import OctalInt

from reconciler import labels
from reconciler.compose.scalars import number
from reconciler.desired.images import familiar
from reconciler.desired.model import Spec
from reconciler.observed.model import Config, Network, Secret, Service

SECOND = 10**9
_ROLLOUT = (
    ("failure_action", "FailureAction", "pause"),
    ("max_failure_ratio", "MaxFailureRatio", 0),
    ("order", "Order", "stop-first"),
)


@dataclass
class Raised:
    """A Compose file in the making. ``notes`` are comments, by the path of what they stand beside."""

    stack: str
    networks: Mapping[str, Network]
    configs: Mapping[str, Config]
    data: dict[str, Any] = field(default_factory=dict)
    notes: dict[tuple[str, ...], str] = field(default_factory=dict)

    def add(self, service: Service) -> None:
        key = self.key(service.name) if _answers_to(self.key(service.name), service.spec) else service.name
        path = ("services", key)
        raised = _service(service.spec, self, path)
        if service.name != f"{self.stack}_{key}":
            raised["x-reconciler"] = {"name": service.name}
        self.data.setdefault("services", {})[key] = raised

    def add_unused(self, secrets: Mapping[str, Secret]) -> None:
        """Configs and secrets of the stack that no service uses: they belong to it all the same."""
        for name, config in self.configs.items():
            if self._owns(config.spec):
                self.config(name)
        for name, secret in secrets.items():
            if self._owns(secret.spec):
                self.secret(name)

    def _owns(self, spec: Spec) -> bool:
        return (spec.get("Labels") or {}).get(labels.STACK) == self.stack

    def key(self, name: str) -> str:
        """The name in the file: without the stack's, where it has that."""
        return name.removeprefix(f"{self.stack}_") or name

    def declare(self, section: str, name: str, declared: Mapping[str, Any]) -> str:
        """Declares what a service uses, and gives its key."""
        key = self.key(name)
        own = key if declared.get("external") else f"{self.stack}_{key}"
        given = dict(declared) if name == own else {"name": name, **declared}
        self.data.setdefault(section, {}).setdefault(key, given)
        return key

    def network(self, name: str) -> str:
        found = self.networks.get(name)
        own = found is not None and self._owns(found.spec)
        return self.declare("networks", name, _network(found.spec) if found and own else {"external": True})

    def config(self, name: str) -> str:
        found = self.configs.get(name)
        try:
            content = found.data.decode() if found else None
        except UnicodeDecodeError:
            content = None
        if content is None or found is None or not self._owns(found.spec) or found.spec.get("Templating"):
            return self.declare("configs", name, {"external": True})
        given = _kept({"content": content, "labels": _labels(found.spec)})
        return self.declare("configs", name, given)

    def secret(self, name: str) -> str:
        key = self.declare("secrets", name, {"external": True})
        self.notes["secrets", key] = "its content can't be read back; give it a `file:` to have it rotated from here"
        return key


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
        "labels": _labels(container),
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
        "volumes": [_mount(each, into) for each in container.get("Mounts") or []],
        "configs": [_reference("Config", each, into.config) for each in _files(container, "Configs")],
        "secrets": [_reference("Secret", each, into.secret) for each in _files(container, "Secrets")],
        "credential_spec": _credentials(container, into),
        "ports": [_port(port) for port in (spec.get("EndpointSpec") or {}).get("Ports") or []],
        "networks": _networks(spec, into, path),
        "logging": _logging(task.get("LogDriver") or {}),
        "deploy": _deploy(spec, task),
    }
    kept = _kept(found)
    grace = container.get("StopGracePeriod")
    if grace is not None and grace != 10 * SECOND:
        kept["stop_grace_period"] = _seconds(grace)
    if container.get("Init") is not None:
        kept["init"] = container["Init"]
    return kept


def _image(spec: Spec, image: str) -> str:
    """As its file wrote it, where ``docker stack`` noted that; the digest only where there is no tag to resolve."""
    name, _, _ = image.partition("@")
    said = str((spec.get("Labels") or {}).get(labels.IMAGE, ""))
    if said and familiar(said) in {image, familiar(name)}:
        return said
    return name if ":" in name.rsplit("/", 1)[-1] else image


def _pairs(entries: list[str]) -> dict[str, str | None]:
    split = (entry.partition("=") for entry in entries)
    return {name: text if sign else None for name, sign, text in split}


def _labels(holder: Mapping[str, Any]) -> dict[str, str]:
    given = holder.get("Labels") or {}
    own = {labels.STACK, labels.IMAGE}
    return {name: text for name, text in given.items() if name not in own and not name.startswith(labels.OURS)}


def _limit(ulimit: Mapping[str, Any]) -> Any:
    soft, hard = ulimit.get("Soft", 0), ulimit.get("Hard", 0)
    return soft if soft == hard else {"soft": soft, "hard": hard}


def _health(check: Mapping[str, Any]) -> dict[str, Any]:
    times = ("Interval", "Timeout", "StartPeriod", "StartInterval")
    names = ("interval", "timeout", "start_period", "start_interval")
    found = {name: _seconds(check[member]) for name, member in zip(names, times, strict=True) if check.get(member)}
    return _kept({"test": check.get("Test"), **found, "retries": check.get("Retries")})


def _mount(mount: Mapping[str, Any], into: Raised) -> dict[str, Any]:
    kind, options = mount.get("Type", "bind"), mount.get("VolumeOptions") or {}
    source = mount.get("Source", "")
    if kind == "volume" and source:
        driver = options.get("DriverConfig") or {}
        named = {"driver": driver.get("Name"), "driver_opts": driver.get("Options"), "labels": _labels(options)}
        source = into.declare("volumes", source, _kept(named))
    elif kind == "cluster" and not source.startswith("group:"):
        source = into.declare("volumes", source, {"external": True})
    tmpfs = mount.get("TmpfsOptions") or {}
    found = {
        "type": kind,
        "source": source,
        "target": mount.get("Target"),
        "read_only": mount.get("ReadOnly"),
        "bind": _kept({"propagation": (mount.get("BindOptions") or {}).get("Propagation")}),
        "tmpfs": _kept({"size": tmpfs.get("SizeBytes"), "mode": tmpfs.get("Mode")}),
        "image": _kept({"subpath": (mount.get("ImageOptions") or {}).get("Subpath")}),
    }
    if kind == "volume" and source:
        found["volume"] = _kept({"nocopy": options.get("NoCopy"), "subpath": options.get("Subpath")})
    return _kept(found)


def _files(container: Mapping[str, Any], member: str) -> list[Mapping[str, Any]]:
    return [reference for reference in container.get(member) or [] if reference.get("File")]


def _reference(kind: str, reference: Mapping[str, Any], declared: Any) -> Any:
    file = reference["File"]
    key = declared(reference[f"{kind}Name"])
    found = {
        "source": key,
        "target": "" if file.get("Name") == key else file.get("Name"),
        "uid": "" if file.get("UID", "0") == "0" else file["UID"],
        "gid": "" if file.get("GID", "0") == "0" else file["GID"],
    }
    kept = _kept(found)
    mode = file.get("Mode", 0o444)
    return {**kept, "mode": OctalInt(mode)} if mode != 0o444 else key if kept == {"source": key} else kept


def _credentials(container: Mapping[str, Any], into: Raised) -> dict[str, Any]:
    given = (container.get("Privileges") or {}).get("CredentialSpec") or {}
    config = into.config(given["Config"]) if given.get("Config") else ""
    return _kept({"config": config, "file": given.get("File"), "registry": given.get("Registry")})


def _port(port: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "target": port.get("TargetPort"),
        "published": port.get("PublishedPort"),
        "protocol": "" if port.get("Protocol", "tcp") == "tcp" else port["Protocol"],
        "mode": "" if port.get("PublishMode", "ingress") == "ingress" else port["PublishMode"],
    }
    return _kept(found)


def _answers_to(key: str, spec: Spec) -> bool:
    """Whether the service has its name in the file as an alias, as lowering gives it."""
    attached = (spec.get("TaskTemplate") or {}).get("Networks") or []
    return all(
        key in (each.get("Aliases") or []) for each in attached if each["Target"] not in {"host", "bridge", "none"}
    )


def _networks(spec: Spec, into: Raised, path: tuple[str, ...]) -> Any:
    found: dict[str, Any] = {}
    for attachment in (spec.get("TaskTemplate") or {}).get("Networks") or []:
        key = into.network(attachment["Target"])
        own = path[-1] if path[-1] != spec.get("Name") else ""
        aliases = [alias for alias in attachment.get("Aliases") or [] if alias != own]
        found[key] = _kept({"aliases": aliases, "driver_opts": attachment.get("DriverOpts")}) or None
    if found == {"default": None}:
        return None
    return list(found) if not any(found.values()) else found


def _network(spec: Mapping[str, Any]) -> dict[str, Any]:
    options = {name: text for name, text in (spec.get("Options") or {}).items() if not name.endswith("vxlanid_list")}
    found = {
        "driver": "" if spec.get("Driver", "overlay") == "overlay" else spec["Driver"],
        "driver_opts": options,
        "internal": spec.get("Internal"),
        "attachable": spec.get("Attachable"),
        "enable_ipv6": spec.get("EnableIPv6"),
        "labels": _labels(spec),
    }
    return _kept(found)


def _logging(driver: Mapping[str, Any]) -> dict[str, Any]:
    return _kept({"driver": driver.get("Name"), "options": driver.get("Options")})


def _deploy(spec: Spec, task: Mapping[str, Any]) -> dict[str, Any]:
    placement, resources = task.get("Placement") or {}, task.get("Resources") or {}
    preferences = [
        {"spread": each["Spread"]["SpreadDescriptor"]}
        for each in placement.get("Preferences") or []
        if each.get("Spread")
    ]
    mode = (spec.get("EndpointSpec") or {}).get("Mode")
    found = {
        **_mode(spec.get("Mode") or {}),
        "labels": _labels(spec),
        "endpoint_mode": "" if mode == "vip" else mode,
        "placement": _kept(
            {
                "constraints": placement.get("Constraints"),
                "preferences": preferences,
                "max_replicas_per_node": placement.get("MaxReplicas"),
            }
        ),
        "resources": _kept(
            {
                "limits": _amounts(resources.get("Limits") or {}),
                "reservations": _amounts(resources.get("Reservations") or {}),
            }
        ),
        "restart_policy": _restart(task.get("RestartPolicy") or {}),
    }
    kept = _kept(found)
    if "replicas" in found:
        kept["replicas"] = found["replicas"]
    for name, member in (("update_config", "UpdateConfig"), ("rollback_config", "RollbackConfig")):
        if spec.get(member):
            kept |= _kept({name: _rollout(spec[member])})
    return kept


def _mode(mode: Mapping[str, Any]) -> dict[str, Any]:
    if "Global" in mode:
        return {"mode": "global"}
    if "GlobalJob" in mode:
        return {"mode": "global-job"}
    if "ReplicatedJob" in mode:
        return {"mode": "replicated-job", "replicas": (mode["ReplicatedJob"] or {}).get("TotalCompletions", 1)}
    replicas = (mode.get("Replicated") or {}).get("Replicas", 1)
    return {} if replicas == 1 else {"replicas": replicas}


def _amounts(given: Mapping[str, Any]) -> dict[str, Any]:
    generic = [
        {
            "discrete_resource_spec": {
                "kind": each["DiscreteResourceSpec"]["Kind"],
                "value": each["DiscreteResourceSpec"]["Value"],
            }
        }
        for each in given.get("GenericResources") or []
        if each.get("DiscreteResourceSpec")
    ]
    cpus = number(given["NanoCPUs"] / SECOND) if given.get("NanoCPUs") else ""
    memory = str(given["MemoryBytes"]) if given.get("MemoryBytes") else ""
    return _kept({"cpus": cpus, "memory": memory, "pids": given.get("Pids"), "generic_resources": generic})


def _restart(policy: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "condition": "" if policy.get("Condition", "any") == "any" else policy["Condition"],
        "delay": "" if policy.get("Delay", 5 * SECOND) == 5 * SECOND else _seconds(policy["Delay"]),
        "max_attempts": policy.get("MaxAttempts"),
        "window": _seconds(policy["Window"]) if policy.get("Window") else "",
    }
    return _kept(found)


def _rollout(given: Mapping[str, Any]) -> dict[str, Any]:
    defaults = ((name, given.get(member, default), default) for name, member, default in _ROLLOUT)
    found = {name: value for name, value, default in defaults if value != default}
    found["parallelism"] = given.get("Parallelism", 0)
    if found["parallelism"] == 1:
        del found["parallelism"]
    if given.get("Delay"):
        found["delay"] = _seconds(given["Delay"])
    if given.get("Monitor") and given["Monitor"] != 5 * SECOND:
        found["monitor"] = _seconds(given["Monitor"])
    return found


def _seconds(nanoseconds: int) -> str:
    """As Compose writes a duration; what isn't whole seconds in nanoseconds, to the last one."""
    return f"{nanoseconds // SECOND}s" if nanoseconds % SECOND == 0 else f"{nanoseconds}ns"


def _kept(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value not in (None, "", [], {}, False, 0)}
