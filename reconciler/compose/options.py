"""Our own options, under ``x-reconciler:``. Strict: what isn't known is a fault. Published as a JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from reconciler.compose import scalars
from reconciler.desired.model import Condition


def _seconds(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return scalars.duration(value) / 1e9


Seconds = Annotated[
    float,
    BeforeValidator(_seconds, json_schema_input_type=float | str),
    Field(ge=0, description="A duration as Compose writes it (1m30s), or seconds."),
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StackOptions(Strict):
    """Top level: settings of the stack, and defaults for its services."""

    suspend: bool = Field(default=False, description="Write and remove nothing here; observing and judging go on.")
    min_task_age: Seconds = Field(
        default=5.0, description="How long a task has to run without a restart to count as ready."
    )
    ready_timeout: Seconds = Field(default=300.0, description="How long a rollout may go without a step forward.")
    image_policy: Literal["pin", "track"] = Field(
        default="pin", description="pin keeps the digest a tag was resolved to; track follows the tag."
    )
    track_interval: Annotated[Seconds, Field(ge=1)] = Field(
        default=300.0, description="How often the registry is asked about an image that is tracked."
    )
    ignore: tuple[str, ...] = Field(default=(), description="Fields that somebody else owns, such as deploy.replicas.")
    replace: bool = Field(default=False, description="Leave to remove and make anew what Swarm can't update.")


class Needs(Strict):
    """A dependency on a service of another stack."""

    condition: Condition = Condition.STARTED
    required: bool = True


def _needs(value: Any) -> Any:
    return {str(name): {} for name in value} if isinstance(value, list) else value


class ServiceOptions(StackOptions):
    """In a service: its own settings, before those of the stack."""

    name: str | None = Field(default=None, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$", description="Another Swarm name.")
    depends_on: Annotated[
        dict[str, Needs], BeforeValidator(_needs, json_schema_input_type=dict[str, Needs] | list[str])
    ] = Field(default={}, description="Services of other stacks, by Swarm name.")


class NetworkOptions(Strict):
    """In a network."""

    replace: bool = Field(default=False, description="Leave to remove the network and make it anew when it changes.")


class Generated(Strict):
    """How to make a secret."""

    length: int = Field(default=32, ge=8, le=4096, description="Letters and digits.")


def _generated(value: Any) -> Any:
    return {} if value is True else value


class SecretOptions(Strict):
    """In a secret: made once, kept for good, never printed."""

    generate: Annotated[
        Generated,
        BeforeValidator(_generated, json_schema_input_type=Generated | Literal[True]),
    ]


class Everywhere(Strict):
    """Every place of ``x-reconciler``, for the JSON Schema."""

    stack: StackOptions
    service: ServiceOptions
    network: NetworkOptions
    secret: SecretOptions
