"""Makes docs/SCREENS.md: services are made ill on the engine at DOCKER_HOST, and what is printed about them is kept.

DOCKER_HOST=$(hack/engine up screens) .venv/bin/python hack/screens.py     # with hack/images test
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "SCREENS.md"
FIRST = """\
x-reconciler: {min_task_age: 1s}
services:
  crash:
    image: busybox
    command: [sh, -c, "echo no DATABASE_URL given; exit 3"]
    deploy: &quick {endpoint_mode: dnsrr, restart_policy: {delay: 1s}}
  typo:
    image: busybx:latest
    deploy: *quick
  picky:
    image: busybox
    command: sleep 1000
    deploy: {endpoint_mode: dnsrr, placement: {constraints: [node.labels.zone == eu]}}
  ports:
    image: busybox
    command: sleep 1000
    ports: [{target: 80, published: 8088, mode: host}]
    deploy: {endpoint_mode: dnsrr, replicas: 2}
  large:
    image: busybox
    command: sleep 1000
    deploy: {endpoint_mode: dnsrr, resources: {reservations: {memory: 900G}}}
  vault:
    image: busybox
    command: sleep 1000
    secrets: [license]
    deploy: *quick
  sick:
    image: busybox
    command: sleep 1000
    healthcheck: {test: [CMD, test, -e, /ready], interval: 1s, retries: 2}
    deploy: *quick
  app:
    image: busybox
    command: sleep 1000
    deploy: *quick
    depends_on: {crash: {condition: service_healthy}}
  back: &rolling
    image: busybox
    command: &well [sh, -c, "trap exit TERM; sleep 1000 & wait"]
    deploy: {endpoint_mode: dnsrr, restart_policy: {delay: 1s}, update_config: {failure_action: rollback, monitor: 3s}}
  stops:
    <<: *rolling
    deploy: {endpoint_mode: dnsrr, restart_policy: {delay: 1s}, update_config: {failure_action: pause, monitor: 3s}}
  night: *rolling
secrets:
  license: {external: true}
"""
SECOND = FIRST.replace("trap exit TERM; sleep 1000 & wait", "echo no license in /run/secrets; exit 1")
SCREENS = (
    ("crash", "A crash loop"),
    ("typo", "An image that can't be had"),
    ("picky", "No suitable node"),
    ("ports", "A port that is taken"),
    ("large", "More reserved than there is"),
    ("vault", "A secret that isn't there"),
    ("sick", "A health check that fails"),
    ("app", "A dependency that failed"),
    ("back", "A rollout that Swarm rolled back"),
    ("stops", "A rollout that is paused"),
    ("night", "A suspended service"),
)
ILL = ("crash", "typo", "picky", "ports", "large", "vault", "sick")
HEAD = """\
# Screens

What `reconciler explain` and `reconciler history` print about services that are ill, as captured from a real engine by
`hack/screens.py`. Of the pages after the first, the sections `desired`, `observed` and `history` are left out.
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "desired").mkdir()
        screens = Screens(Path(folder))
        try:
            PAGE.parent.mkdir(exist_ok=True)
            PAGE.write_text(screens.page())
        finally:
            screens.say("resume", "shop/night")
            screens.say("down", "shop", "--yes")


class Screens:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "desired" / "shop.yaml"

    def page(self) -> str:
        self.file.write_text(FIRST)
        command = [sys.executable, "-m", "reconciler", "run", "--output", "json"]
        loop = subprocess.Popen(command, cwd=self.folder, env=self.environ, stdout=subprocess.DEVNULL)
        try:
            self.until(lambda: all("Ready" in self.explain(name) for name in ("back", "stops", "night")))
            self.say("suspend", "shop/night", "--reason", "migrating by hand")
            self.file.write_text(SECOND)
            self.until(lambda: "RolledBack" in self.explain("back") and "paused" in self.explain("stops"))
            self.until(lambda: all("Degraded" in self.explain(name) for name in ILL))
            time.sleep(3)  # until the history is written
            parts = [self.screen(number, name, title) for number, (name, title) in enumerate(SCREENS)]
            told = self.say("history", "shop/back")
            return "\n".join([HEAD, *parts, f"## The history of one service\n\n{_block('history shop/back', told)}"])
        finally:
            loop.terminate()
            loop.wait()

    def screen(self, number: int, name: str, title: str) -> str:
        text = self.explain(name)
        if number:
            text = re.sub(r"\n(desired|observed|history)\n(  .*\n)*", "", text)
        return f"## {title}\n\n{_block(f'explain {name}', text)}"

    def explain(self, name: str) -> str:
        return self.say("explain", name)

    def say(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "RECONCILER_HOST": os.environ["DOCKER_HOST"], "PYTHONPATH": str(ROOT)}

    @staticmethod
    def until(condition: Callable[[], bool], deadline: float = 120) -> None:
        end = time.monotonic() + deadline
        while not condition():
            if time.monotonic() > end:
                raise SystemExit("the services didn't become as ill as they should")
            time.sleep(0.5)


def _block(command: str, text: str) -> str:
    return f"```console\n$ reconciler {command}\n{text.strip()}\n```\n"


if __name__ == "__main__":
    main()
