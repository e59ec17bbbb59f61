"""The table of networks: one line for each plain key, as in ``service``."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler import labels
from reconciler.spec.codecs import Map, Omitted, Struct
from reconciler.spec.forms import FLAG, TEXT, Form, Written
from reconciler.spec.key import Key

_FILLED_IN = "com.docker.network.driver.overlay.vxlanid_list"
"""The engine's own note on an overlay network."""


def _without_notes(options: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in options.items() if name != _FILLED_IN}


_OPTIONS = Form(Written.MAPPING, codec=Map(hidden=lambda name: name == _FILLED_IN), lowered=dict, raised=_without_notes)

NETWORK: tuple[Key, ...] = (
    Key("driver", "Driver", TEXT, default="overlay"),
    Key("driver_opts", "Options", _OPTIONS),
    Key("internal", "Internal", FLAG),
    Key("attachable", "Attachable", FLAG),
    Key("enable_ipv6", "EnableIPv6", FLAG),
)

COMPARED = Struct(
    {
        **{key.at: (key.path, key.codec) for key in NETWORK},
        "Ingress": ("ingress", Omitted()),
        "Labels": ("labels", Map(hidden=lambda name: name == labels.STACK or name.startswith(labels.OURS))),
    }
)
"""How networks are compared, their addresses aside."""
