"""Schema of Compose files as users write them (Compose Specification; docker/cli ``schema`` 3.13), with short forms.

A key that no model names is a fault, except ``x-`` keys. A key that Compose has, but that Swarm or this release doesn't
honour, is in the model's ``unheeded`` with the reason.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from reconciler.compose import options
from reconciler.compose.schema.deploy import Placement, Resources, Rollout
from reconciler.compose.schema.mounts import Mount
from reconciler.compose.schema.objects import Config, Content, Network, Pool, Secret, Volume
from reconciler.compose.schema.service import Attachment, DependsOn, FileReference, HealthCheck, Service
from reconciler.compose.schema.values import Model, Text, empty
from reconciler.compose.unsupported_keys import MODELS

__all__ = [
    "Attachment",
    "Config",
    "Content",
    "DependsOn",
    "File",
    "FileReference",
    "HealthCheck",
    "Model",
    "Mount",
    "Network",
    "Placement",
    "Pool",
    "Resources",
    "Rollout",
    "Secret",
    "Service",
    "Volume",
]


class File(Model):
    """One Compose file, after ``include`` and ``extends`` are resolved."""

    unheeded: ClassVar[dict[str, str]] = {"models": MODELS}
    version: Text = ""
    name: Text = ""
    services: dict[str, Service] = {}
    networks: dict[str, Network | None] = {}
    volumes: dict[str, Volume | None] = {}
    configs: dict[str, Config] = {}
    secrets: dict[str, Secret] = {}
    x_reconciler: options.StackWide = Field(default_factory=empty(options.StackWide), alias="x-reconciler")
