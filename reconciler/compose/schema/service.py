"""One service."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from reconciler.compose import options, scalars, short
from reconciler.compose.schema.deploy import Deploy
from reconciler.compose.schema.mounts import Mount
from reconciler.compose.schema.table import with_keys
from reconciler.compose.schema.values import (
    Age,
    Count,
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


@with_keys("healthcheck")
class HealthCheck(Model):
    """How the engine finds out whether a task is healthy."""

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


@with_keys("logging")
class Logging(Model):
    """Where the output of tasks goes. All its keys are the table's."""


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


@with_keys()
class Service(Model):
    """A service: the keys that the table doesn't have."""

    unheeded: ClassVar[dict[str, str]] = IN_SERVICE
    image: Text
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
    pull_policy: PullPolicy = ""
    pull_refresh_after: Age | None = None
    healthcheck: HealthCheck | None = None
    depends_on: Annotated[dict[str, DependsOn | None], BeforeValidator(each)] = {}
    profiles: Texts = []
    logging: Logging | None = None
    restart: Text = ""
    credential_spec: CredentialSpec | None = None
    x_reconciler: options.ServiceOptions = Field(default_factory=empty(options.ServiceOptions), alias="x-reconciler")
