"""Networks, volumes, configs and secrets."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from reconciler.compose import options, scalars
from reconciler.compose.schema.table import with_keys
from reconciler.compose.schema.values import Flag, Mapping, Model, Text, empty
from reconciler.spec.network import NETWORK


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


@with_keys(table=NETWORK)
class Network(Model):
    """A network: the keys that the table doesn't have."""

    name: Text = ""
    external: OutsideIs = None
    ipam: Ipam | None = None
    enable_ipv4: Flag = True
    labels: Mapping = {}
    x_reconciler: options.NetworkOptions = Field(default_factory=empty(options.NetworkOptions), alias="x-reconciler")


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
