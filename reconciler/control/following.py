"""Waiting for what a forced pass comes to, by nothing but the state file: after a signal, or a touch of the trigger."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from reconciler.control.protocol import Upshot
from reconciler.control.state import State
from reconciler.errors import Unreached

BEGINS = 5.0
"""Seconds within which a loop that was asked begins its forced pass, where no other one is under way."""
GONE = 10.0
"""Seconds that a loop may be away: whoever supervises it starts it again."""
EVERY = 0.1
"""Seconds between looks at a file of this machine."""
Read = Callable[[], State]
"""The state of the loop, as it is now; raises ``Unreached`` where there is none that lives."""


def follow(read: Read, before: State, timeout: float, *, wait: bool, every: float = EVERY) -> Iterator[Upshot]:
    """Yield what comes of a forced pass that was asked for after ``before`` was read, each time it changes, until it is
    settled; once, without ``wait``. Ends after ``timeout`` seconds.

    Raises:
        Unreached: no such pass begins, or the loop is gone.
    """
    now = time.monotonic()
    ends, gone_at = now + timeout, now + GONE
    begins_by = now + BEGINS + (before.pass_timeout if before.under_way else 0.0)
    last: Upshot | None = None
    while (now := time.monotonic()) < ends:
        try:
            state = read()
            gone_at = now + GONE
        except Unreached:
            if now > gone_at:
                raise
            time.sleep(every)
            continue
        upshot = since(state, before)
        if upshot and upshot != last:
            yield upshot
            if upshot.settled or not wait:
                return
        last = upshot or last
        if not last and not _begun(state, before) and now > begins_by:
            raise Unreached(f"no forced pass began within {begins_by + timeout - ends:.0f} s")
        time.sleep(every)


def since(state: State, before: State) -> Upshot | None:
    """What a reload that was asked for after ``before`` came to, as of ``state``; None while its pass isn't over.

    A loop that was started since has read everything again, forced or not.
    """
    if state.process != before.process:
        return state.last
    return state.reload if state.reload and state.reload.number > before.passes else None


def _begun(state: State, before: State) -> bool:
    return state.process != before.process or (state.forced and state.passes > before.passes)
