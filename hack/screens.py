"""Make the pictures of docs/screens/: let services fail on the engine at DOCKER_HOST, and draw what a terminal shows.

`make screens` starts such an engine.
"""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "screens"
WIDTH = 108
"""Columns of the terminal."""
FORMAT = re.sub(r"@font-face \{\{.*?\}\}|<!--.*?-->", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "<svg ", '<svg xml:space="preserve" ', 1
)
"""Rich's own format, but blanks are kept, and no fonts are named that a reader's machine would fetch."""
LEFT_OUT = ("desired", "observed", "history", "needed by")
"""Sections of the page that pictures don't show."""
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
SCREENS = ("crash", "typo", "picky", "ports", "large", "vault", "sick", "app", "back", "stops", "night")
ILL = ("crash", "typo", "picky", "ports", "large", "vault", "sick")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "desired").mkdir()
        screens = Screens(Path(folder))
        try:
            screens.take()
        finally:
            screens.say("resume", "shop/night")
            screens.say("down", "shop", "--yes")


class Screens:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "desired" / "shop.yaml"

    def take(self) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
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
            for name in SCREENS:
                self.draw(name, "explain", f"shop/{name}")
            self.draw("history", "history", "shop/back")
            self.draw("status", "status")
        finally:
            loop.terminate()
            loop.wait()

    def draw(self, picture: str, *arguments: str) -> None:
        """Run a command in a terminal, and keep what it shows as a picture."""
        command = " ".join(("reconciler", *arguments))
        shown = Text.assemble((f"$ {command}\n", "bold"), Text.from_ansi(self.shown(*arguments)))
        console = Console(record=True, width=WIDTH, file=io.StringIO())
        console.print(Text("\n").join(_without(shown.split("\n"))))
        made = console.export_svg(title=command, theme=MONOKAI, code_format=FORMAT, unique_id=picture)
        (PICTURES / f"{picture}.svg").write_text(re.sub(r"[ \t]+$", "", made, flags=re.MULTILINE))

    def shown(self, *arguments: str) -> str:
        """Return what a command writes to a terminal, colours included."""
        ours, its = pty.openpty()
        environ = {**self.environ, "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
        command = [sys.executable, "-m", "reconciler", *arguments]
        running = subprocess.Popen(command, cwd=self.folder, env=environ, stdin=its, stdout=its, stderr=its)
        os.close(its)
        with os.fdopen(ours, "rb", buffering=0) as terminal:
            read = b"".join(iter(lambda: _read(terminal), b""))
        running.wait()
        return read.decode().replace("\r\n", "\n").rstrip()

    def explain(self, name: str) -> str:
        return self.say("explain", f"shop/{name}")

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


def _read(terminal: io.RawIOBase) -> bytes:
    """Return the next bytes; none if the program at the other end has ended."""
    try:
        return terminal.read(4096) or b""
    except OSError:
        return b""


def _without(lines: Iterable[Text]) -> Iterator[Text]:
    """Leave out sections that say more than a picture needs."""
    kept, begins = True, True
    for line in lines:
        kept = line.plain.strip() not in LEFT_OUT if begins else kept
        begins = not line.plain.strip()
        if kept:
            yield line


if __name__ == "__main__":
    main()
