"""Progress of a running loop: a live table in a terminal, one line per step elsewhere, JSON lines on request."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from reconciler.causes.cause import Cause
from reconciler.cli.log_line import step_line
from reconciler.cli.report_text import counts, recap_text, remarks, services_table, status_text
from reconciler.cli.shown_services import GOOD, of_changes
from reconciler.cli.styled import Screen, Text
from reconciler.cli.waiting import Sayings, few, waited_for
from reconciler.plan.model import Outcome, Result
from reconciler.settings.choices import Output
from reconciler.status.recap import Recap
from reconciler.status.report import Report

if TYPE_CHECKING:
    from rich.live import Live

    from reconciler.errors import Fault


class Progress(Protocol):
    """Shows reports as they come; used as a context."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def show(self, report: Report, recap: Recap) -> None: ...


def progress_for(output: Output, stream: TextIO, *, watching: str = "") -> Progress:
    """Return the progress for an output; text goes to ``stream``. ``watching`` is the message of a loop each time
    that it has settled. Without it, the caller reports the end."""
    if output is Output.JSON:
        return JsonLines()
    if Screen.of(stream).width:
        return LiveTable(stream, watching)
    return StepLines(lambda line: print(line, file=stream, flush=True), everything=bool(watching))


class _Plain:
    """Progress that has nothing to open or close."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return


class JsonLines(_Plain):
    """Progress with every pass as one line of JSON."""

    def show(self, report: Report, recap: Recap) -> None:
        from reconciler.status.report_output import pass_output

        sys.stdout.write(pass_output(report, recap).model_dump_json() + "\n")
        sys.stdout.flush()


class StepLines(_Plain):
    """Progress with one structured line per step: a constant message, then fields. Unchanged steps aren't repeated,
    but every 15 s there is a line about what is still waited for."""

    def __init__(
        self, write: Callable[[str], None], sayings: Sayings | None = None, *, everything: bool = True
    ) -> None:
        """Take where to write. ``everything`` also reports what is well when first seen and wasn't changed."""
        self._write = write
        self._everything = everything
        self._said: dict[str, str] = {}
        self._sayings = sayings or Sayings()

    def show(self, report: Report, recap: Recap) -> None:
        if report.forced:
            self._line(report, "forced pass", wakes=", ".join(report.wakes))
        self._once(report, "revision", "desired state", commit=str(report.revision or ""))
        self._once(report, "engine", "engine can't be asked", error=report.engine_error)
        self._once(report, "standby", "another process acts", holder=report.standby)
        self._once(report, "consent", "removal needs consent", why=report.plan.needs_consent)
        if report.settings_taken:
            self._line(report, "settings taken over", names=", ".join(report.settings_taken))
        self._once(report, "settings", "the settings file doesn't load", errors=_joined(report.settings_faults))
        desired = [fault for fault in report.faults if fault not in report.settings_faults]
        self._once(report, "faults", "desired state doesn't load", errors=_joined(desired))
        self._once(report, "warnings", "warnings", warnings=_joined(report.warnings))
        self._once(report, "held", "left alone", objects="; ".join(_left_alone(report)))
        for outcome in report.outcomes:
            self._outcome(report, outcome)
        for judgement in report.judgements.values():
            fields = {"service": judgement.name, "reason": judgement.reason, "error": judgement.error or ""}
            well = judgement.verdict in GOOD and not self._sayings.knows(judgement.name)
            if self._sayings.is_news(judgement.name, str(judgement.verdict)) and (self._everything or not well):
                self._line(report, str(judgement.verdict), **fields)
        self._rest(report, recap)
        if not report.settled and self._sayings.quiet() and (waits := waited_for(report)):
            self._line(report, "still waiting", for_="; ".join(few(waits)))

    def _outcome(self, report: Report, outcome: Outcome) -> None:
        fields = {"object": str(outcome.action.key), "why": outcome.action.reason, "detail": outcome.detail}
        said = f"{outcome.action.verb} {outcome.result}"
        if outcome.result is Result.CHANGED:
            self._line(report, f"{outcome.action.verb} done", **fields)
            return
        waits = outcome.result is Result.WAITING  # repeat no reason that only changes its wording with each pass
        why = "" if waits else f" {sorted(fields.items())}"
        if self._sayings.is_news(str(outcome.action.key), f"{said}{why}"):
            self._line(report, said, **fields)

    def _rest(self, report: Report, recap: Recap) -> None:
        """Report once each time that everything has settled."""
        now = _outcome(report) if report.settled else ""
        if now and now != self._said.get("rest"):
            self._line(report, "at rest", verdict=str(report.verdict), recap=counts(recap))
        self._said["rest"] = now

    def _once(self, report: Report, topic: str, message: str, **fields: str) -> None:
        """Report a topic when it comes up or changes, and when it ends."""
        now = "".join(fields.values()) and f"{message} {sorted(fields.items())}"
        before = self._said.get(topic, "")
        self._said[topic] = now
        if now and now != before:
            self._line(report, message, **fields)
        elif before and not now:
            self._line(report, f"no more: {message}")

    def _line(self, report: Report, message: str, **fields: str) -> None:
        named = {name.rstrip("_"): value for name, value in fields.items()}
        self._write(step_line(report.at, message, {"pass": report.id, **named}))


class LiveTable:
    """Table that is drawn again with each pass while something moves, and stays as it is when nothing does."""

    def __init__(self, stream: TextIO, watching: str = "") -> None:
        self._stream = stream
        self._screen = Screen.of(stream)
        self._watching = watching
        self._live: Live | None = None
        self._settled = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def show(self, report: Report, recap: Recap) -> None:
        if report.settled:
            self._rest(report, recap)
            return
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text as Drawn

        self._settled = ""
        if self._live is None:
            self._live = Live(console=Console(file=self._stream), auto_refresh=False, transient=True)
            self._live.start()
        self._live.update(Drawn.from_ansi(self._screen.draw(_table(report, recap, self._screen.width))), refresh=True)

    def _rest(self, report: Report, recap: Recap) -> None:
        """Report that everything has settled, once, if this is a loop. A command that ends then reports that itself."""
        settled = _outcome(report)
        if not self._watching or settled == self._settled:
            return
        self._stop()
        self._settled = settled
        chosen = of_changes(report.judgements.values(), recap.changed_services)
        lines = [*status_text(report, chosen, self._screen.width), recap_text(report, recap), Text(self._watching)]
        print(self._screen.draw(lines), end="", file=self._stream, flush=True)

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def _table(report: Report, recap: Recap, width: int) -> list[Text]:
    parts = [*remarks(report)]
    if report.engine_error:
        parts.append(Text(report.engine_error, "red"))
    if report.standby:
        parts.append(Text(f"{report.standby} holds the lease and acts; this process stands by", "cyan"))
    return [*parts, *services_table(of_changes(report.judgements.values(), recap.changed_services), width)]


def _joined(faults: Iterable[Fault]) -> str:
    return "; ".join(map(str, faults))


def _left_alone(report: Report) -> list[str]:
    """Return what is held back and shows in no verdict. If removals wait for consent, one line stands for all of
    them."""
    holds = {} if report.plan.needs_consent else report.plan.holds
    told = sorted(key for key in holds if holds[key].cause is not Cause.LATER and key.name not in report.judgements)
    return [f"{key}: {holds[key].words}" for key in told]


def _outcome(report: Report) -> str:
    """Return the outcome of a settled report, without ages, times and the tasks of a crash loop, which always
    change."""
    judged = [(judgement.name, judgement.verdict, judgement.suspended) for judgement in report.judgements.values()]
    done = [outcome.detail for outcome in report.outcomes]
    held = (report.plan.needs_consent, report.plan.pending)
    return repr((judged, report.faults, report.warnings, done, held, report.revision))
