"""The loop's side: a source of forced passes, and a place where reports are published (the socket, and the state file).

Nothing here waits for a client: a pass that ends is told in as many writes as there are clients, each to a buffer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.clock import uptime
from reconciler.control.claim import Claim
from reconciler.control.connection import Connection
from reconciler.control.protocol import LONGEST_REQUEST, Do, Look, Request, line
from reconciler.control.reports import Told
from reconciler.control.state import Place, State, touch
from reconciler.errors import Fault, UsageError
from reconciler.status.recap import Recap
from reconciler.status.report import Report
from reconciler.triggers.wakes import Wake, Wakes

LOOK = 5.0
"""Seconds between looks whether the socket is still there, or, where another loop had it, is free now."""
MOST_CLIENTS = 128
"""Connected at the same time; more are turned away."""
ASKED = Wake("asked for over the control socket", forced=True, quiet=0.0)
AGREED = Wake("asked for over the control socket, with consent to removals", forced=True, agreed=True, quiet=0.0)
LEFT = Wake("asked for while no loop ran", forced=True, quiet=0.0)
Looking = Callable[[Look], Awaitable[Mapping[str, Any]]]
"""Makes the answer to a ``look``; raises ``ValueError`` for what can't be looked at."""


class Control:
    """Of one loop: ``began`` and ``ended`` tell it of passes, ``serve`` is its life.

    ``state`` is how that loop is before its first pass; ``environ`` says where it listens.
    """

    def __init__(self, environ: Mapping[str, str], state: State, wakes: Wakes, looking: Looking | None = None) -> None:
        self._environ = environ
        self._state = state
        self._wakes = wakes
        self._looking = looking
        self._claim: Claim | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[Connection, asyncio.Future[None]] = {}
        self._following: set[Connection] = set()
        self._latest: Told | None = None
        self._recap = Recap()
        self._trouble: dict[str, Fault] = {}

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """Why the loop can't be reached, or asked, from outside."""
        return tuple(self._trouble.values())

    @property
    def clients(self) -> int:
        """So many are connected."""
        return len(self._connections)

    def under(self, interval: float, pass_timeout: float) -> None:
        """Say from now on that passes are so far apart, and take so long, at most: health checks go by it."""
        self._state = replace(self._state, interval=interval, pass_timeout=pass_timeout)

    def take_over(self) -> None:
        """What the loop before this one was asked for and left undone is asked for again; before the first pass."""
        try:
            place = Place.of(self._environ, self._state.owner)
        except UsageError:
            return  # there is nothing to take over from: ``serve`` says why
        trigger = Path(self._state.trigger)
        touched = touch(trigger)
        if State.left_undone(place, trigger):
            self._wakes.add(LEFT)
        self._state = replace(self._state, touched=touched)

    async def serve(self) -> None:
        """For ever. Where the loop can't listen it goes on without, and that is looked at again."""
        try:
            while True:
                await self._listen()
                await asyncio.sleep(LOOK)
        finally:
            if self._server:
                self._server.close()
            if self._claim:
                self._claim.give_up()
            for connection in self._connections:
                connection.abort()
            await asyncio.gather(*self._connections.values(), return_exceptions=True)

    def began(self, *, forced: bool) -> None:
        """A pass begins: a forced one answers all who have asked until now."""
        state = self._state
        if forced:
            state = replace(state, touched=touch(Path(state.trigger)))
        self._state = replace(state, passes=state.passes + 1, forced=forced, began=uptime(), under_way=True)
        self._write()
        if forced:
            for connection in self._following:
                connection.begun = True

    def ended(self, report: Report, *, awaits: bool) -> None:
        """It ended; ``awaits``: the next one is known to tell more."""
        settled = report.settled and not awaits
        self._recap.add(report)
        told = self._latest = Told(self._state.process, self._state.passes, report, settled, self._recap)
        state = replace(self._state, ended=uptime(), under_way=False, last=told.upshot)
        if report.forced:
            state = replace(state, reload=told.upshot)
        elif state.reload and not state.reload.settled:
            state = replace(state, reload=replace(told.upshot, number=state.reload.number))
        self._state = state
        self._write()
        if settled:
            self._recap = Recap()
        for connection in [each for each in self._following if each.begun]:
            connection.tell(told)

    async def _listen(self) -> None:
        if self._server and self._claim and self._claim.listened_at:
            return
        if self._server:
            self._server.close()
        self._server = None
        try:
            claim = self._claim = self._claim or Claim(Place.of(self._environ, self._state.owner))
            listener = claim.listener()
        except BlockingIOError:
            self._warn("listen", "another loop of this owner listens there: this one can't be asked", "")
        except UsageError as error:
            self._warn("listen", str(error), "the loop goes on without")
        except OSError as error:
            hint = "the loop goes on without; RECONCILER_RUN_DIR names another folder"
            self._warn("listen", f"no control socket: {error.strerror or error}", hint)
        else:
            self._write()
            if self._trouble.pop("listen", None):
                self._wakes.add(Wake("the control socket is free now"))
            self._server = await asyncio.start_unix_server(
                self._talk, sock=listener, limit=LONGEST_REQUEST, start_serving=False
            )
            await self._server.start_serving()

    def _write(self) -> None:
        if self._claim is None or not self._claim.held:
            return
        try:
            self._state.write(self._claim.place)
            self._trouble.pop("state", None)
        except OSError as error:
            self._warn("state", f"the state file can't be written: {error.strerror or error}", "")

    def _warn(self, topic: str, message: str, hint: str) -> None:
        where = str(self._claim.place.socket if self._claim else "control socket")
        self._trouble[topic] = Fault(where, 0, 0, message, hint)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection, talking = Connection(reader, writer), asyncio.current_task()
        if len(self._connections) >= MOST_CLIENTS or talking is None:
            connection.abort()
            return
        self._connections[connection] = talking
        try:
            request = await connection.request()
            if request.look:
                await self._look(connection, request.look)
            elif self._answer(connection, request):
                await connection.over()
            self._following.discard(connection)
            await connection.close()
        except ValueError as error:
            connection.send(line({"is": "error", "error": str(error)}))
            await connection.close()
        except OSError:
            pass  # it is gone
        finally:
            self._following.discard(connection)
            del self._connections[connection]
            connection.abort()

    async def _look(self, connection: Connection, look: Look) -> None:
        """Answer at once that the request was taken, and then by what was found."""
        if self._looking is None:
            raise ValueError("nothing can be looked at here")
        connection.send(line({"is": "accepted"}))
        connection.send(line(await self._looking(look)))

    def _answer(self, connection: Connection, request: Request) -> bool:
        """Whether more is to come."""
        if request.do is Do.STATUS:
            connection.send(self._status(brief=request.brief))
            return False
        if request.do is Do.RELOAD:
            connection.reloads(wait=request.wait)
            connection.send(line({"is": "accepted"}))
            self._wakes.add(AGREED if request.agreed else ASKED)
        elif self._latest:
            connection.send(self._latest.line(fresh=False))
        self._following.add(connection)
        return True

    def _status(self, *, brief: bool) -> bytes:
        now, state = uptime(), self._state
        head = {
            "is": "status",
            "state": state.json(),
            "since_began": None if state.began is None else now - state.began,
            "since_ended": None if state.ended is None else now - state.ended,
        }
        body = self._latest.body if self._latest and not brief else b"null"
        return line(head)[:-2] + b', "report": ' + body + b"}\n"
