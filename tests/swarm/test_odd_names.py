"""Files of odd names in the desired folder, beside a loop that goes on."""

from __future__ import annotations

import os

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

ODD = (b"caf\xe9", b"two\nlines", "\u202ereversed".encode(), b"\x1b[31mred", b"x" * 240)


def replicas(docker: Docker, name: str) -> str:
    return docker("service", "inspect", name, "--format", "{{.Spec.Mode.Replicated.Replicas}}")


def test_a_loop_outlives_any_name(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", compose(stack, {"a": service()}))
    with program.loop() as loop:
        loop.ready()
        for name in ODD:
            text, file = os.fsdecode(name + b".txt"), os.fsdecode(name + b".yaml")
            (program.desired / text).write_text("one")
            (program.desired / text).write_text("two")
            since = len(loop.reports)
            (program.desired / text).rename(program.desired / file)
            faulty = loop.report(lambda report: bool(report["errors"]), since)
            assert all(error["file"].isprintable() for error in faulty["errors"])
        docker("service", "scale", "--detach", f"{stack}_a=0")
        until(lambda: replicas(docker, f"{stack}_a") == "1", 60, "the drift is healed")
        assert len(program.json("status", expect=65)["errors"]) >= len(ODD)
        program("status", expect=65)
        since = len(loop.reports)
        for name in ODD:
            (program.desired / os.fsdecode(name + b".yaml")).unlink()
        assert not loop.report(lambda report: not report["errors"], since)["warnings"]
