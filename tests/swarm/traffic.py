"""A web service behind a real Traefik, as a user would write both, and requests that don't stop while it changes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.swarm.cli import Docker
from tests.swarm.looping import Program
from tests.swarm.waiting import until

PORT = 8080
PATH = "/site"
CONNECTIONS = 200
LONGEST = 180
"""Seconds after which the requests stop by themselves, whatever became of the test."""
ASK = """
import sys, urllib.request
for _ in range(20):
    try:
        print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())
    except OSError as error:
        print(error)
"""
"""Twenty requests, one after another."""


class Place(Protocol):
    """An engine, and the network that its host-mode ports are in."""

    @property
    def docker(self) -> Docker: ...

    @property
    def socket(self) -> str:
        """Its path, for its own tasks to mount."""

    def inside(self, *command: str | Path) -> list[str | Path]:
        """``command`` in that network."""


SHARE = 0.5
"""CPUs that Traefik may take: requests come as fast as it answers, and other tests run beside."""


def front(socket: str) -> str:
    """Traefik, which asks the Swarm every second who serves what, on a port of its host."""
    return f"""
        name: front
        x-reconciler: {{min_task_age: 1s}}
        services:
          traefik:
            image: traefik:v3.7
            command:
              - --entryPoints.web.address=:80
              - --entryPoints.ping.address=:8082
              - --ping.entryPoint=ping
              - --providers.swarm.network=edge
              - --providers.swarm.exposedByDefault=false
              - --providers.swarm.refreshSeconds=1
            ports: [{{target: 80, published: {PORT}, mode: host}}]
            volumes: ["{socket}:/var/run/docker.sock:ro"]
            networks: [edge]
            healthcheck:
              test: [CMD, traefik, healthcheck, --ping.entryPoint=ping, "--entryPoints.ping.address=:8082"]
              interval: 4s
            deploy: {{endpoint_mode: dnsrr, resources: {{limits: {{cpus: "{SHARE}"}}}}}}
        networks:
          edge: {{name: edge}}
        """


def make_releases(docker: Docker) -> None:
    """The site's image, ``site:1`` and ``site:2``, out of ``caddy:2``."""
    for image in ("site:1", "site:2"):
        container = docker("create", "caddy:2")
        docker("commit", "--change", f"ENV IMAGE={image}", container, image)
        docker("rm", container)


@dataclass(frozen=True, slots=True)
class Site:
    """A web service whose every answer tells all that may change about it."""

    image: str = "site:1"
    level: str = "low"
    page: str = "one"
    secret: str = "k1"
    replicas: int = 2
    broken: bool = False

    @property
    def answer(self) -> str:
        return f"{self.image} {self.level} {self.page} {self.secret}"

    def compose(self) -> str:
        """Its drain is longer than Traefik takes to hear of its end, its grace period longer than its drain."""
        return f"""
        name: site
        x-reconciler: {{min_task_age: 1s, ready_timeout: 30s}}
        services:
          web:
            image: {self.image}
            environment: {{LEVEL: {self.level}}}
            configs: [{{source: caddyfile, target: /etc/caddy/Caddyfile}}]
            secrets: [key]
            networks: [edge]
            healthcheck:
              test: [CMD, wget, --quiet, --output-document=/dev/null, "http://127.0.0.1/healthz"]
              interval: 500ms
            stop_grace_period: 20s
            deploy:
              replicas: {self.replicas}
              endpoint_mode: dnsrr
              restart_policy: {{delay: 100ms}}
              update_config: {{order: start-first, failure_action: rollback, monitor: 1s}}
              labels:
                traefik.enable: "true"
                traefik.http.routers.site.rule: PathPrefix(`{PATH}`)
                traefik.http.services.site.loadbalancer.server.port: "80"
        networks:
          edge: {{name: edge, external: true}}
        configs:
          caddyfile:
            content: |
              {"this is no Caddyfile" if self.broken else ""}
              {{
                admin off
                shutdown_delay 4s
              }}
              :80 {{
                respond /healthz 200
                respond "{{$$IMAGE}} {{$$LEVEL}} {self.page} {{file./run/secrets/key}}"
              }}
        secrets:
          key: {{content: {self.secret}}}
        """


@dataclass
class Tally:
    """How the requests ended, once they have."""

    requests: int = 0
    failed: int = 0
    said: str = field(default="", repr=False)

    def count(self, said: str) -> None:
        """From what wrk prints. An answer of 4xx or 5xx is a failure, and so is none within 10 s."""
        self.said = said
        self.requests = sum(map(int, re.findall(r"(\d+) requests in", said)))
        self.failed = sum(map(int, re.findall(r"(?:Non-2xx or 3xx responses:|connect|read|write|timeout) (\d+)", said)))


@dataclass(frozen=True, slots=True)
class Traffic:
    """Traefik and a site on an engine. All requests come from the engine's own network, and go to its loopback
    address only."""

    engine: Place
    program: Program

    @property
    def docker(self) -> Docker:
        return self.engine.docker

    def begin(self, site: Site) -> None:
        """Write desired state, with what is in front of the site."""
        self.program.write("front.yaml", front(self.engine.socket))
        self.program.write("site.yaml", site.compose())

    def change(self, site: Site) -> None:
        """Write the site again; returns when nothing else answers."""
        self.program.write("site.yaml", site.compose())
        self.served(site)

    def served(self, site: Site) -> None:
        until(lambda: self.answers() == {site.answer}, 60, what=f"every answer is {site.answer!r}")

    def answers(self) -> set[str]:
        """What twenty requests, one after another, are answered."""
        command = self.engine.inside(sys.executable, "-c", ASK, f"http://127.0.0.1:{PORT}{PATH}")
        return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())

    def starts(self) -> None:
        """Until a task of the site starts that doesn't run yet: the middle of a rollout."""
        tasks = ("service", "ps", "site_web", "--filter", "desired-state=running", "--format", "{{.CurrentState}}")
        until(lambda: "Starting" in self.docker(*tasks), what="a task starts")

    def runs(self, replicas: int) -> None:
        """Until so many tasks run: every new one is there, and what had to go has drained and gone."""
        label = "label=com.docker.swarm.service.name=site_web"
        until(
            lambda: len(self.docker("ps", "--quiet", "--filter", label).split()) == replicas,
            what=f"{replicas} tasks run",
        )

    @contextmanager
    def load(self, path: str = PATH) -> Iterator[Tally]:
        """Requests by wrk without a pause, until the block ends; what it yields is counted by then."""
        wrk = ["wrk", "--threads=2", f"--connections={CONNECTIONS}", f"--duration={LONGEST}s", "--timeout=10s"]
        command = self.engine.inside("nice", "-n", "19", *wrk, f"http://127.0.0.1:{PORT}{path}")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        tally = Tally()
        try:
            yield tally
            process.send_signal(signal.SIGINT)
            tally.count(process.communicate(timeout=200)[0])
        finally:
            process.kill()
            process.communicate()
