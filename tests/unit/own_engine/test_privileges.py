"""Capabilities that an engine of our own lacks."""

from __future__ import annotations

import pytest

from reconciler.own_engine.privileges import capabilities_missing


@pytest.mark.parametrize(
    ("effective", "missing"),
    [
        ("000001ffffffffff", ()),
        ("000001fffeffffff", ()),  # all but SYS_RESOURCE
        ("00000000a80425fb", ("NET_ADMIN", "SYS_ADMIN")),  # Docker's own
        ("00000000a80435fb", ("SYS_ADMIN",)),
    ],
)
def test_capabilities_that_are_missing(effective: str, missing: tuple[str, ...]) -> None:
    assert capabilities_missing(f"Name:\tx\nCapPrm:\t0\nCapEff:\t{effective}\nCapBnd:\t0\n") == missing
