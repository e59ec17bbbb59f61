"""What Prometheus makes of our metrics and of the example's alert rules, by Debian's promtool."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.swarm.looping import Program, compose, service
from tests.swarm.test_web import asked, free_port

EXAMPLE = Path(__file__).parents[2] / "examples/monitoring"
PROMTOOL = "promtool"
"""Of Debian's package ``prometheus``, which ``hack/test`` installs."""


def promtool(*arguments: str, said: str = "") -> None:
    done = subprocess.run(
        [PROMTOOL, *arguments], cwd=EXAMPLE, input=said, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("arguments", [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")])
def test_the_alert_rules_do_as_their_tests_say(arguments: tuple[str, ...]) -> None:
    promtool(*arguments)


def test_the_names_of_the_rules_are_those_of_the_metrics(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    port = free_port()
    with program.loop(RECONCILER_HTTP_LISTEN=f"127.0.0.1:{port}") as loop:
        loop.ready()
        body = asked(port, "/metrics")[1].decode()
    promtool("check", "metrics", said=body)
    words = (EXAMPLE / "alerts.yaml").read_text().replace("(", " ").replace(")", " ").replace("{", " ").split()
    named = {word for word in words if word.startswith("reconciler_") and "=" not in word}
    assert named
    assert {name for name in named if f"\n{name}" not in body} == set()
