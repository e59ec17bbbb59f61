"""Compose files as users write them (Compose Specification; docker/cli ``schema`` 3.13), short forms taken in.

A key that no model names is a fault, save ``x-`` ones. A key that Compose knows and Swarm, or this release, doesn't
honour stands in the model's ``unheeded`` with the reason.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from reconciler.compose import options, scalars, short
from reconciler.compose.unheeded import IN_SERVICE, NOT_IN_SWARM
from reconciler.desired.model import Condition

Text = Annotated[str, BeforeValidator(scalars.text)]
Flag = Annotated[bool, BeforeValidator(scalars.flag)]
Whole = Annotated[int, BeforeValidator(scalars.whole)]
Count = Annotated[int, BeforeValidator(scalars.whole), Field(ge=0)]
Duration = Annotated[int, BeforeValidator(scalars.duration)]
Size = Annotated[int, BeforeValidator(scalars.size)]
Cpus = Annotated[int, BeforeValidator(scalars.cpus), Field(ge=0)]
Command = Annotated[list[str], BeforeValidator(scalars.command)]
Texts = Annotated[list[str], BeforeValidator(scalars.texts)]
Mapping = Annotated[dict[str, str], BeforeValidator(scalars.mapping)]
Pairs = Annotated[dict[str, str | None], BeforeValidator(scalars.pairs)]


def _named(key: str) -> BeforeValidator:
    """A text alone stands for the object with ``key``."""
    return BeforeValidator(lambda value: value if isinstance(value, dict) else {key: value})


def _each(value: Any) -> Any:
    """A list stands for a mapping of empty values."""
    return {scalars.text(item): None for item in value} if isinstance(value, list) else value


class Model(BaseModel):
    """``extra`` keys are let in here and judged afterwards, when their place in the file is known."""

    model_config = ConfigDict(extra="allow", frozen=True)
    unheeded: ClassVar[dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        """An empty value is the same as none: `deploy:` with nothing after it."""
        return {key: item for key, item in data.items() if item is not None} if isinstance(data, dict) else data


def _test(value: Any) -> Any:
    """A line for the shell, or a list that begins with CMD, CMD-SHELL or NONE."""
    if isinstance(value, str):
        return ["CMD-SHELL", value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    wrong = next((item for item in value if not isinstance(item, str)), None) if isinstance(value, list) else value
    raise ValueError(f"has to be a text or a list of texts, and holds {scalars.shown(wrong)}; quote it")


class HealthCheck(Model):
    test: Annotated[list[str] | None, BeforeValidator(_test)] = None
    interval: Duration | None = None
    timeout: Duration | None = None
    start_period: Duration | None = None
    start_interval: Duration | None = None
    retries: Count | None = None
    disable: Flag = False


class Port(Model):
    unheeded: ClassVar[dict[str, str]] = {
        "name": NOT_IN_SWARM,
        "app_protocol": NOT_IN_SWARM,
        "host_ip": "Swarm publishes a port on every address of a node",
    }
    target: Annotated[Count, Field(le=65535)]
    published: Annotated[Count, Field(le=65535)] = 0
    protocol: Literal["tcp", "udp", "sctp"] = "tcp"
    mode: Literal["ingress", "host"] = "ingress"


class BindOptions(Model):
    unheeded: ClassVar[dict[str, str]] = {
        "create_host_path": "Swarm never makes the folder of a bind mount",
        "selinux": NOT_IN_SWARM,
    }
    propagation: Text | None = None


class VolumeOptions(Model):
    unheeded: ClassVar[dict[str, str]] = {"labels": "they are those of the volume under the top-level `volumes`"}
    nocopy: Flag = False
    subpath: Text = ""


class ImageOptions(Model):
    subpath: Text = ""


class TmpfsOptions(Model):
    size: Size | None = None
    mode: Whole | None = None


class Mount(Model):
    type: Literal["volume", "bind", "tmpfs", "npipe", "cluster", "image"] = "volume"
    source: Text = ""
    target: Text
    read_only: Flag = False
    consistency: Text | None = None
    bind: BindOptions | None = None
    volume: VolumeOptions | None = None
    tmpfs: TmpfsOptions | None = None
    image: ImageOptions | None = None
    cluster: Model | None = None


class FileReference(Model):
    source: Text
    target: Text | None = None
    uid: Text = "0"
    gid: Text = "0"
    mode: Whole | None = None


class Attachment(Model):
    unheeded: ClassVar[dict[str, str]] = dict.fromkeys(
        ("ipv4_address", "ipv6_address", "link_local_ips", "mac_address", "priority", "gw_priority"), NOT_IN_SWARM
    )
    aliases: list[Text] = []
    driver_opts: Mapping = {}


class Limits(Model):
    cpus: Cpus = 0
    memory: Size = 0
    pids: Count = 0


class DiscreteResource(Model):
    kind: Text = ""
    value: Whole = 0


class GenericResource(Model):
    discrete_resource_spec: DiscreteResource | None = None


class Reservations(Model):
    unheeded: ClassVar[dict[str, str]] = {"devices": NOT_IN_SWARM}
    cpus: Cpus = 0
    memory: Size = 0
    generic_resources: list[GenericResource] = []


class Resources(Model):
    limits: Limits | None = None
    reservations: Reservations | None = None


class RestartPolicy(Model):
    condition: Literal["none", "on-failure", "any"] | None = None
    delay: Duration | None = None
    max_attempts: Count | None = None
    window: Duration | None = None


class Rollout(Model):
    parallelism: Count | None = None
    delay: Duration = 0
    failure_action: Literal["pause", "continue", "rollback"] | None = None
    monitor: Duration = 0
    max_failure_ratio: Annotated[float, Field(ge=0, le=1)] = 0
    order: Literal["stop-first", "start-first"] | None = None


class Preference(Model):
    spread: Text


class Placement(Model):
    constraints: list[Text] = []
    preferences: list[Preference] = []
    max_replicas_per_node: Count = 0


class Deploy(Model):
    mode: Literal["replicated", "global", "replicated-job", "global-job"] = "replicated"
    replicas: Count | None = None
    labels: Mapping = {}
    update_config: Rollout | None = None
    rollback_config: Rollout | None = None
    resources: Resources = Resources()
    restart_policy: RestartPolicy | None = None
    placement: Placement = Placement()
    endpoint_mode: Annotated[Literal["vip", "dnsrr"] | None, BeforeValidator(scalars.lower)] = None


class Ulimit(Model):
    soft: Whole
    hard: Whole


class Logging(Model):
    driver: Text = ""
    options: Pairs = {}


class DependsOn(Model):
    unheeded: ClassVar[dict[str, str]] = {"restart": "a dependent reaches its dependency anew by itself in Swarm"}
    condition: Condition = Condition.STARTED
    required: Flag = True


class CredentialSpec(Model):
    config: Text = ""
    file: Text = ""
    registry: Text = ""


class EnvFile(Model):
    path: Text
    required: Flag = True
    format: Literal["raw"] | None = None


class Service(Model):
    unheeded: ClassVar[dict[str, str]] = IN_SERVICE
    image: Text
    command: Command | None = None
    entrypoint: Command | None = None
    environment: Pairs = {}
    env_file: Annotated[
        list[Annotated[EnvFile, _named("path")]], BeforeValidator(lambda v: v if isinstance(v, list) else [v])
    ] = []
    ports: list[Annotated[list[Port], BeforeValidator(short.ports)]] = []
    networks: Annotated[dict[str, Attachment | None], BeforeValidator(_each)] | None = None
    volumes: list[Annotated[Mount, BeforeValidator(short.mount)]] = []
    configs: list[Annotated[FileReference, _named("source")]] = []
    secrets: list[Annotated[FileReference, _named("source")]] = []
    labels: Mapping = {}
    deploy: Deploy = Deploy()
    healthcheck: HealthCheck | None = None
    depends_on: Annotated[dict[str, DependsOn | None], BeforeValidator(_each)] = {}
    profiles: Texts = []
    stop_grace_period: Duration | None = None
    stop_signal: Text = ""
    user: Text = ""
    group_add: list[Text] = []
    working_dir: Text = ""
    hostname: Text = ""
    init: Flag | None = None
    oom_score_adj: Annotated[int, BeforeValidator(scalars.whole), Field(ge=-1000, le=1000)] = 0
    isolation: Text = ""
    read_only: Flag = False
    tty: Flag = False
    stdin_open: Flag = False
    cap_add: list[Text] = []
    cap_drop: list[Text] = []
    sysctls: Mapping = {}
    ulimits: dict[
        str, Annotated[Ulimit, BeforeValidator(lambda v: v if isinstance(v, dict) else {"soft": v, "hard": v})]
    ] = {}
    dns: Texts = []
    dns_search: Texts = []
    extra_hosts: Annotated[list[tuple[str, str]], BeforeValidator(short.hosts)] = []
    logging: Logging | None = None
    restart: Text = ""
    credential_spec: CredentialSpec | None = None
    x_reconciler: options.ServiceOptions = Field(default=options.ServiceOptions(), alias="x-reconciler")


class Pool(Model):
    unheeded: ClassVar[dict[str, str]] = {"aux_addresses": "Swarm keeps no addresses reserved"}
    subnet: Text = ""
    ip_range: Text = ""
    gateway: Text = ""


class Ipam(Model):
    driver: Text = ""
    config: list[Pool] = []
    options: Mapping = {}


class External(Model):
    """``external: true``, or the old form with a name."""

    name: Text = ""


def _external(value: Any) -> Any:
    if value is None or isinstance(value, dict):
        return value
    return {} if scalars.flag(value) else None


OutsideIs = Annotated[External | None, BeforeValidator(_external)]


class Network(Model):
    name: Text = ""
    external: OutsideIs = None
    driver: Text = ""
    driver_opts: Mapping = {}
    ipam: Ipam | None = None
    internal: Flag = False
    attachable: Flag = False
    enable_ipv6: Flag = False
    labels: Mapping = {}
    x_reconciler: options.NetworkOptions = Field(default=options.NetworkOptions(), alias="x-reconciler")
    unheeded: ClassVar[dict[str, str]] = {"enable_ipv4": NOT_IN_SWARM}


class Volume(Model):
    name: Text = ""
    external: OutsideIs = None
    driver: Text = ""
    driver_opts: Mapping = {}
    labels: Mapping = {}
    unheeded: ClassVar[dict[str, str]] = {
        "x-cluster-spec": "`docker stack` makes no cluster volumes either: `docker volume create --type …` does"
    }


class Content(Model):
    name: Text = ""
    external: OutsideIs = None
    file: Text | None = None
    content: Text | None = None
    environment: Text | None = None
    labels: Mapping = {}
    template_driver: Text = ""


class Config(Content):
    pass


class Secret(Content):
    driver: Text = ""
    driver_opts: Mapping = {}
    x_reconciler: options.SecretOptions | None = Field(default=None, alias="x-reconciler")


class File(Model):
    """One Compose file, once what it includes and extends is in it."""

    unheeded: ClassVar[dict[str, str]] = {"models": NOT_IN_SWARM}
    version: Text = ""
    name: Text = ""
    services: dict[str, Service] = {}
    networks: dict[str, Network | None] = {}
    volumes: dict[str, Volume | None] = {}
    configs: dict[str, Config] = {}
    secrets: dict[str, Secret] = {}
    x_reconciler: options.StackWide = Field(default=options.StackWide(), alias="x-reconciler")
