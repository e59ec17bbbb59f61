"""The ``deploy`` part of a service."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from reconciler.compose import scalars
from reconciler.compose.schema.table import with_keys
from reconciler.compose.schema.values import Count, Mapping, Model, Text, Whole, empty
from reconciler.compose.unsupported_keys import DEVICES


@with_keys("deploy.resources.limits")
class Limits(Model):
    """Upper limits of a task's resources. All its keys are the table's."""


class DiscreteResource(Model):
    kind: Text = ""
    value: Whole = 0


class GenericResource(Model):
    discrete_resource_spec: DiscreteResource | None = None


@with_keys("deploy.resources.reservations")
class Reservations(Model):
    """Resources that a node must have free for a task."""

    unheeded: ClassVar[dict[str, str]] = {"devices": DEVICES}
    generic_resources: list[GenericResource] = []


class Resources(Model):
    limits: Limits | None = None
    reservations: Reservations | None = None


@with_keys("deploy.restart_policy")
class RestartPolicy(Model):
    """What happens when a task ends. All its keys are the table's."""


@with_keys("deploy.update_config")
class Rollout(Model):
    """How new tasks replace old ones, also for ``rollback_config``. All its keys are the table's."""


class Preference(Model):
    spread: Text


@with_keys("deploy.placement")
class Placement(Model):
    """Where tasks may run."""

    preferences: list[Preference] = []


@with_keys("deploy")
class Deploy(Model):
    """How tasks are run."""

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
