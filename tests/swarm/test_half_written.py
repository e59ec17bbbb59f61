"""A file that is written slowly, as `scp` and slow shares do."""

from __future__ import annotations

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until


def test_nothing_is_removed_while_a_file_is_being_written(program: Program, stack: str, docker: Docker) -> None:
    services = {name: service() for name in ("a", "b", "c")}
    whole, half = compose(stack, services), compose(stack, {name: services[name] for name in ("a", "b")})
    file = program.write("app.yaml", whole)
    with program.loop(RECONCILER_REMOVAL_DELAY="20s") as loop:
        loop.ready()
        before = docker("service", "inspect", f"{stack}_c", "--format", "{{.ID}}")
        since = len(loop.reports)
        file.write_text(half)
        waits = loop.report(lambda report: any("unchanged" in each["reason"] for each in report["services"]), since)
        assert waits["verdict"] == "Waiting"
        assert "Settling" in {each["cause"] for each in waits["services"]}
        since = len(loop.reports)
        file.write_text(whole)
        loop.ready(since)
        assert docker("service", "inspect", f"{stack}_c", "--format", "{{.ID}}") == before


def test_what_leaves_for_good_is_removed_without_another_change(program: Program, stack: str, docker: Docker) -> None:
    services = {name: service() for name in ("a", "b", "c")}
    program.write("app.yaml", compose(stack, services))
    with program.loop(RECONCILER_REMOVAL_DELAY="3s") as loop:
        loop.ready()
        program.write("app.yaml", compose(stack, {name: services[name] for name in ("a", "b")}))
        until(lambda: not docker.succeeds("service", "inspect", f"{stack}_c"), 60, "the service is removed")
    program.write("app.yaml", compose(stack, {"a": services["a"]}))
    done = program.json("apply", "--removal-delay", "3s", "--allow-prune-all")
    assert [each["name"] for each in done["services"]] == [f"{stack}_a"]
    assert not docker.succeeds("service", "inspect", f"{stack}_b")
