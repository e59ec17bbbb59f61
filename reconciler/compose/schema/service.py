"""One service."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from reconciler.compose import options, scalars, short
from reconciler.compose.schema.deploy import Deploy
from reconciler.compose.schema.mounts import Mount
from reconciler.compose.schema.values import (
    Age,
    Command,
    Count,
    Duration,
    Flag,
    Mapping,
    Model,
    Pairs,
    PullPolicy,
    SwapLimit,
    Text,
    Texts,
    Whole,
    each,
    empty,
    named,
)
from reconciler.compose.unsupported_keys import ATTACHMENT, IN_SERVICE
from reconciler.desired.model import Condition


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
        "name": "it is a note for readers: a comment does as well",
        "app_protocol": "it is a note for readers: a comment does as well",
        "host_ip": "Swarm publishes a port on every address of a node: a firewall there keeps others out",
    }
    target: Annotated[Count, Field(le=65535)]
    published: Annotated[Count, Field(le=65535)] = 0
    protocol: Annotated[Literal["tcp", "udp", "sctp"], BeforeValidator(lambda v: scalars.lower(v) or "tcp")] = "tcp"
    mode: Annotated[Literal["ingress", "host"], BeforeValidator(lambda v: scalars.lower(v) or "ingress")] = "ingress"


class FileReference(Model):
    source: Text
    target: Text | None = None
    uid: Text = "0"
    gid: Text = "0"
    mode: Whole | None = None


class Attachment(Model):
    unheeded: ClassVar[dict[str, str]] = ATTACHMENT
    aliases: list[Text] = []
    driver_opts: Mapping = {}


class Ulimit(Model):
    soft: Whole
    hard: Whole


class Logging(Model):
    driver: Text = ""
    options: Pairs = {}


class DependsOn(Model):
    unheeded: ClassVar[dict[str, str]] = {"restart": "a dependent reaches its dependency again by itself in Swarm"}
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
        list[Annotated[EnvFile, named("path")]], BeforeValidator(lambda v: v if isinstance(v, list) else [v])
    ] = []
    ports: list[Annotated[list[Port], BeforeValidator(short.ports)]] = []
    networks: Annotated[dict[str, Attachment | None], BeforeValidator(each)] | None = None
    volumes: list[Annotated[Mount, BeforeValidator(short.mount)]] = []
    configs: list[Annotated[FileReference, named("source")]] = []
    secrets: list[Annotated[FileReference, named("source")]] = []
    labels: Mapping = {}
    label_file: Texts = []
    deploy: Deploy = Field(default_factory=empty(Deploy))
    scale: Count | None = None
    memswap_limit: SwapLimit | None = None
    mem_swappiness: Annotated[Whole, Field(ge=0, le=100)] | None = None
    pull_policy: PullPolicy = ""
    pull_refresh_after: Age | None = None
    healthcheck: HealthCheck | None = None
    depends_on: Annotated[dict[str, DependsOn | None], BeforeValidator(each)] = {}
    profiles: Texts = []
    stop_grace_period: Duration | None = None
    stop_signal: Text = ""
    user: Text = ""
    group_add: list[Text] = []
    working_dir: Text = ""
    hostname: Text = ""
    init: Flag | None = None
    oom_score_adj: Annotated[int, BeforeValidator(scalars.whole), Field(ge=-1000, le=1000)] = 0
    isolation: Annotated[
        Literal["default", "process", "hyperv"] | None, BeforeValidator(lambda v: scalars.lower(scalars.given(v)))
    ] = None
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
    x_reconciler: options.ServiceOptions = Field(default_factory=empty(options.ServiceOptions), alias="x-reconciler")
