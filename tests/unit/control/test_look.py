"""Commands that only look are answered over the control socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.control.protocol import Do, Look, Request
from tests.unit.control.world import Loop, in_loop

STATUS = Look("status", {"desired": "/srv/desired", "all": False, "host": None}, {"HOME": "/root"}, 80, colour=True)


def test_a_request_to_look_survives_its_way() -> None:
    assert Request.parse(Request(Do.LOOK, look=STATUS).line()).look == STATUS


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"command": "status"},
        {"command": 1, "options": {}},
        {"command": "status", "options": {"desired": ["/"]}},
        {"command": "status", "options": {}, "environ": {"HOME": 1}},
        {"command": "status", "options": {}, "width": -1},
        {"command": "status", "options": {}, "width": 10**9},
        {"command": "status", "options": {}, "width": True},
        {"command": "status", "options": {}, "colour": "yes"},
        {"command": "status", "options": {}, "more": 1},
    ],
)
def test_what_is_no_command_to_look_at_is_refused(said: object) -> None:
    with pytest.raises(ValueError, match="no command to look at"):
        Request.parse(json.dumps({"do": "look", "look": said}).encode())


def test_a_look_is_taken_at_once_and_then_answered(tmp_path: Path) -> None:
    asked: list[Look] = []

    async def looking(look: Look) -> Mapping[str, Any]:
        asked.append(look)
        return {"is": "reply", "out": "all is well\n", "err": "", "code": 0}

    async def test(loop: Loop) -> None:
        loop.control._looking = looking
        client = await loop.client(Request(Do.LOOK, look=STATUS))
        heard = [await client.hears() for _ in range(3)]
        assert [each["is"] for each in heard] == ["accepted", "reply", "end"]
        assert heard[1]["out"] == "all is well\n"
        assert asked == [STATUS]

    in_loop(tmp_path, test)


def test_a_command_that_the_loop_doesnt_know_is_an_error(tmp_path: Path) -> None:
    async def looking(look: Look) -> Mapping[str, Any]:
        raise ValueError("'later' can't be looked at")

    async def test(loop: Loop) -> None:
        client = await loop.client(Request(Do.LOOK, look=STATUS))
        assert (await client.hears())["is"] == "error"
        loop.control._looking = looking
        client = await loop.client(Request(Do.LOOK, look=STATUS))
        assert [(await client.hears())["is"] for _ in range(2)] == ["accepted", "error"]

    in_loop(tmp_path, test)
