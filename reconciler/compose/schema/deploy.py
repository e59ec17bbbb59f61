"""The ``deploy`` part of a service."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from reconciler.compose import scalars
from reconciler.compose.schema.values import Count, Cpus, Duration, Mapping, Model, Size, Text, Whole, empty
from reconciler.compose.unsupported_keys import DEVICES


class Limits(Model):
    cpus: Cpus = 0
    memory: Size = 0
    pids: Annotated[Whole, Field(ge=-1)] = 0


class DiscreteResource(Model):
    kind: Text = ""
    value: Whole = 0


class GenericResource(Model):
    discrete_resource_spec: DiscreteResource | None = None


class Reservations(Model):
    unheeded: ClassVar[dict[str, str]] = {"devices": DEVICES}
    cpus: Cpus = 0
    memory: Size = 0
    generic_resources: list[GenericResource] = []


class Resources(Model):
    limits: Limits | None = None
    reservations: Reservations | None = None


class RestartPolicy(Model):
    condition: Annotated[Literal["none", "on-failure", "any"] | None, BeforeValidator(scalars.given)] = None
    delay: Duration | None = None
    max_attempts: Count | None = None
    window: Duration | None = None


class Rollout(Model):
    parallelism: Count | None = None
    delay: Duration = 0
    failure_action: Annotated[Literal["pause", "continue", "rollback"] | None, BeforeValidator(scalars.given)] = None
    monitor: Duration = 0
    max_failure_ratio: Annotated[float, Field(ge=0, le=1), AfterValidator(scalars.single)] = 0
    order: Literal["stop-first", "start-first"] | None = None


class Preference(Model):
    spread: Text


class Placement(Model):
    constraints: list[Text] = []
    preferences: list[Preference] = []
    max_replicas_per_node: Count = 0


class Deploy(Model):
    mode: Annotated[
        Literal["replicated", "global", "replicated-job", "global-job"],
        BeforeValidator(lambda v: scalars.given(v) or "replicated"),
    ] = "replicated"
    replicas: Count | None = None
    labels: Mapping = {}
    update_config: Rollout | None = None
    rollback_config: Rollout | None = None
    resources: Resources = Field(default_factory=empty(Resources))
    restart_policy: RestartPolicy | None = None
    placement: Placement = Field(default_factory=empty(Placement))
    endpoint_mode: Annotated[
        Literal["vip", "dnsrr"] | None, BeforeValidator(lambda v: scalars.lower(scalars.given(v)))
    ] = None
