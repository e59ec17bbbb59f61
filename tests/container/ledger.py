"""Rows written to a PostgreSQL service while all around it breaks: what it has once confirmed has to stay."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.swarm.cli import Docker
from tests.swarm.waiting import until

PATIENCE = 5.0
"""Seconds that a statement may take: an engine that is being killed may never answer."""
PAUSE = 0.2
PSQL = 'PGPASSWORD=$(cat /run/secrets/db_password) exec psql -h 127.0.0.1 -U app -d app -qAtv ON_ERROR_STOP=1 -c "$0"'


@dataclass
class Ledger:
    """The platform's database. ``confirmed`` are the numbers of the rows that it said it has."""

    docker: Docker
    confirmed: list[int] = field(default_factory=list)
    _next: int = 1

    def open(self) -> None:
        assert self._run("CREATE TABLE ledger (number integer PRIMARY KEY)") is not None

    def write(self) -> bool:
        """One row; whether it was confirmed. What wasn't may be there all the same."""
        number, self._next = self._next, self._next + 1
        if self._run(f"INSERT INTO ledger VALUES ({number})") is None:
            return False
        self.confirmed.append(number)
        return True

    def lacks(self) -> str:
        """What of the confirmed isn't there, in words; empty for nothing."""
        wanted = set(self.confirmed)
        if not wanted:
            return ""
        said = self._run("SELECT number FROM ledger")
        if said is None:
            return "the ledger can't be read"
        lost = wanted - set(map(int, said.split()))
        return f"rows that were confirmed are gone: {sorted(lost)}" if lost else ""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Row after row, while the block runs."""
        over = threading.Event()

        def write() -> None:
            while not over.wait(PAUSE):
                self.write()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            yield
        finally:
            over.set()
            writer.join()

    def grows(self) -> None:
        """Returns once a row more is confirmed."""
        before = len(self.confirmed)
        until(lambda: len(self.confirmed) > before, what="rows are written")

    def _run(self, statement: str) -> str | None:
        """What it gives; None where it failed."""
        try:
            task = self.docker.asked(
                *("ps", "--quiet", "--filter", "label=com.docker.swarm.service.name=platform_postgres"),
                patience=PATIENCE,
            )
            return self.docker.asked("exec", task, "sh", "-c", PSQL, statement, patience=PATIENCE) if task else None
        except subprocess.TimeoutExpired:
            return None
