"""A loop's side of the control socket, in a folder of its own, with passes that are made by hand."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.control.protocol import Request
from reconciler.control.server import Control
from reconciler.control.state import Place, State
from reconciler.plan.model import Action, Key, Kind, Outcome, Plan, Result, Verb
from reconciler.process_identity import Identity
from reconciler.status.report import Report
from reconciler.triggers.wakes import Wake, Wakes
from reconciler.verdict.model import Judgement, Verdict

FAR = 1e12


def state(**other: object) -> State:
    known = {"process": str(Identity.current()), "pid": os.getpid(), "owner": "reconciler", "since": 5.0}
    known |= {"trigger": "/app/.reload-trigger", "interval": 60.0, "pass_timeout": 30.0}
    return State(**{**known, **other})  # type: ignore[arg-type]


WEB, NET = Key(Kind.SERVICE, "shop_web"), Key(Kind.NETWORK, "shop_net")


def report(number: int, verdict: Verdict, changed: tuple[Key, ...], forced: bool) -> Report:
    """Of a stack with a service, which is as ``verdict`` says, and a network."""
    judged = {"shop_web": Judgement("shop_web", "shop", verdict, "because", desired=1)}
    outcomes = tuple(Outcome(Action(key, "shop", Verb.CREATE, ""), Result.CHANGED) for key in changed)
    plan = Plan(wanted=frozenset({WEB, NET}))
    return Report(number, 1.0, ("test",), forced, plan=plan, outcomes=outcomes, judgements=judged)


@dataclass(frozen=True)
class Client:
    """Somebody at the other end of the socket."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hears(self) -> dict[str, Any]:
        line = await self.reader.readline()
        return dict(json.loads(line)) if line else {"is": "end"}


@dataclass
class Loop:
    """A loop that makes a pass when it is told to."""

    control: Control
    wakes: Wakes
    place: Place
    serving: asyncio.Future[None]
    passes: int = 0
    clients: list[Client] = field(default_factory=list)

    async def stop(self) -> None:
        self.serving.cancel()
        await asyncio.gather(self.serving, return_exceptions=True)
        for client in self.clients:
            client.writer.close()
            with suppress(OSError):
                await client.writer.wait_closed()

    async def client(self, *said: bytes | Request) -> Client:
        client = Client(*await asyncio.open_unix_connection(str(self.place.socket), limit=1 << 26))
        self.clients.append(client)
        for each in said:
            client.writer.write(each.line() if isinstance(each, Request) else each)
        return client

    async def asked(self) -> tuple[Wake, ...]:
        return await self.wakes.next(FAR)

    def begins(self, *, forced: bool = True) -> None:
        self.passes += 1
        self.control.began(forced=forced)

    def ends(self, verdict: Verdict = Verdict.READY, *changed: Key, forced: bool = True) -> None:
        self.control.ended(report(self.passes, verdict, changed, forced), awaits=False)

    def passes_by(self, verdict: Verdict = Verdict.READY, *changed: Key, forced: bool = True) -> None:
        """One pass, from its beginning to its end."""
        self.begins(forced=forced)
        self.ends(verdict, *changed, forced=forced)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Loop]:
    """A loop whose ``Control`` serves in ``folder``."""
    wakes = Wakes()
    control = Control({"RECONCILER_RUN_DIR": str(folder)}, state(), wakes)
    task = asyncio.ensure_future(control.serve())
    loop = Loop(control, wakes, Place(folder, "reconciler"), task)
    try:
        await asyncio.sleep(0)
        yield loop
    finally:
        await loop.stop()


def in_loop(folder: Path, test: Callable[[Loop], Awaitable[None]]) -> None:
    """Runs ``test`` on such a loop, for 30 s at most."""

    async def main() -> None:
        async with serving(folder) as loop, asyncio.timeout(30):
            await test(loop)

    asyncio.run(main())
