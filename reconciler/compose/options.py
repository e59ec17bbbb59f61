"""Options of our own, under ``x-reconciler:``. Strict: an unknown key is a fault. Published as a JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from reconciler.compose import scalars
from reconciler.desired import model as desired
from reconciler.desired.model import Condition


def _seconds(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return scalars.duration(value) / 1e9


def _command(value: Any) -> list[str] | None:
    return None if value is None else scalars.command(value)


Seconds = Annotated[
    float,
    BeforeValidator(_seconds, json_schema_input_type=float | str),
    Field(ge=0, description="A duration as Compose writes it (1m30s), or seconds."),
]


class Strict(BaseModel):
    """Base of the options: a key that isn't named here is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Needs(Strict):
    """Dependency on a service of another stack."""

    condition: Condition = Condition.STARTED
    required: bool = True


class NeedsStack(Strict):
    """Dependency on another stack: on each of its services."""

    condition: Condition = Condition.HEALTHY
    required: bool = True


def _needs(value: Any) -> Any:
    return {str(name): {} for name in value} if isinstance(value, list) else value


class StackOptions(Strict):
    """Options that a stack or a service sets: at the top level they are defaults for the services of the stack."""

    suspend: bool = Field(default=False, description="Write and remove nothing here; observing and judging go on.")
    min_task_age: Seconds = Field(
        default=5.0, description="How long a task has to run without a restart to count as ready."
    )
    ready_timeout: Seconds = Field(
        default=300.0,
        description="How long a slot may take to get its first Running task, or one for a lost one.",
    )
    progress_deadline: Seconds = Field(
        default=600.0,
        description="How long a rollout may go without a step forward, update_config.delay aside.",
    )
    on_failure: Literal["rollback", "pause", "continue"] | None = Field(
        default=None,
        description="What a rollout does when its tasks fail; chooses an update_config where the file has none.",
    )
    image_policy: Literal["pin", "track"] = Field(
        default="pin", description="pin keeps the digest a tag was resolved to; track follows the tag."
    )
    track_interval: Annotated[Seconds, Field(ge=1)] = Field(
        default=300.0, description="How often the registry is asked about an image that is tracked."
    )
    ignore: tuple[str, ...] = Field(default=(), description="Fields that somebody else owns, such as deploy.replicas.")
    replace: bool = Field(default=False, description="Leave to remove and make again what Swarm can't update.")
    accept: tuple[str, ...] = Field(
        default=(), description="Keys whose warnings are known, such as container_name or ports.host_ip."
    )


class StackWide(StackOptions):
    """Options at the top level of a file."""

    depends_on: Annotated[
        dict[str, NeedsStack], BeforeValidator(_needs, json_schema_input_type=dict[str, NeedsStack] | list[str])
    ] = Field(default={}, description="Other stacks that have to be healthy before services of this one.")


Port = Annotated[int, Field(ge=1, le=65535)]


class HttpProbe(Strict):
    """GET request to the task."""

    port: Port
    path: str = Field(default="/", pattern=r"^/\S*$")
    status: int | None = Field(default=None, ge=100, le=599, description="Any of 200 to 399 if absent.")


class Probe(Strict):
    """Check of each task, for images without a health check: one of ``tcp``, ``http`` and ``exec``."""

    tcp: Port | None = Field(default=None, description="A port that takes connections.")
    http: HttpProbe | None = None
    exec: Annotated[list[str] | None, BeforeValidator(_command, json_schema_input_type=list[str] | str)] = Field(
        default=None, min_length=1, description="A command in the task's container; 0 is well."
    )
    interval: Annotated[Seconds, Field(ge=0.5)] = 5.0
    timeout: Annotated[Seconds, Field(gt=0, le=60)] = 3.0
    retries: int = Field(default=3, ge=1, description="So many failures in a row count as one.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(given is not None for given in (self.tcp, self.http, self.exec)) != 1:
            raise ValueError("has to name one of tcp, http and exec; write `probe: {tcp: 6379}`, say")
        return self

    def lowered(self) -> desired.Probe:
        http = self.http
        return desired.Probe(
            tcp=self.tcp or 0,
            http_port=http.port if http else 0,
            http_path=http.path if http else "/",
            http_status=(http.status or 0) if http else 0,
            exec=tuple(self.exec or ()),
            interval=self.interval,
            timeout=self.timeout,
            retries=self.retries,
        )


class ServiceOptions(StackOptions):
    """Options of a service; they take precedence over those of the stack."""

    probe: Probe | None = Field(default=None, description="How each task shows that it serves.")
    name: str | None = Field(default=None, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$", description="Another Swarm name.")
    depends_on: Annotated[
        dict[str, Needs], BeforeValidator(_needs, json_schema_input_type=dict[str, Needs] | list[str])
    ] = Field(default={}, description="Services of other stacks, by Swarm name.")


class NetworkOptions(Strict):
    """Options of a network."""

    replace: bool = Field(default=False, description="Leave to remove the network and make it again when it changes.")


class Generated(Strict):
    """How to make a secret."""

    length: int = Field(default=32, ge=8, le=4096, description="Letters and digits.")


def _generated(value: Any) -> Any:
    return {} if value is True else value


class SecretOptions(Strict):
    """Options of a secret: made once, kept for good, never printed."""

    generate: Annotated[
        Generated,
        BeforeValidator(_generated, json_schema_input_type=Generated | Literal[True]),
    ]


class Everywhere(Strict):
    """Options at every place of ``x-reconciler``, for the JSON Schema."""

    stack: StackWide
    service: ServiceOptions
    network: NetworkOptions
    secret: SecretOptions
