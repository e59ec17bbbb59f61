"""``reconciler reload``: force a pass of a running loop, here or in a container, and report the result."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from reconciler.cli.interrupted import tell_stopped
from reconciler.cli.options import CommonOptions, everything
from reconciler.cli.parameters import argument, switch
from reconciler.cli.waiting import FINE, Sayings, few, undone_of
from reconciler.control import reloading
from reconciler.control.reloading import BySignal, BySocket, ByTrigger, FailedWay, Reloaded, Step, Way
from reconciler.control.state import Place
from reconciler.durations import short
from reconciler.errors import EngineError, Unreached
from reconciler.exit_codes import INTERRUPTED
from reconciler.records import dataclass
from reconciler.settings.choices import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.control.protocol import Upshot
    from reconciler.verdict.model import Judgement


@dataclass(frozen=True, kw_only=True)
class ReloadOptions(CommonOptions):
    """Options of ``reload``."""

    container: str = argument("[CONTAINER]", help="Where the loop runs, by name or id.", default="")
    wait: bool = switch("--wait/--no-wait", help="Until all is settled, or for one pass.", default=True)
    all: bool = everything()
    allow_prune_all: bool = switch("--allow-prune-all", help="Agree to removals that wait for it.")

    @property
    def timeout(self) -> float:
        """Return how long to wait until everything is settled, in seconds."""
        return self.effective.settings.timeout


def reload(options: ReloadOptions) -> int:
    """Force a pass of a running loop, wait, and give a recap."""
    if options.effective.settings.server:
        from reconciler.cli.remote import reload as reload_there

        return reload_there(options, consent=options.allow_prune_all, wait=options.wait, timeout=options.timeout)
    return _there(options) if options.container else _here(options)


def _here(options: ReloadOptions) -> int:
    """Ask the loop of this machine."""
    settings = options.settings()
    place = Place.of(os.environ, options.owner)
    reloading.await_restart(place)
    trigger = ByTrigger(place, settings.trigger, settings.trigger_file)
    ways: tuple[Way, ...] = (
        BySocket(place, options.allow_prune_all, settings.control_answer_timeout),
        BySignal(place),
        trigger,
    )
    try:
        return _through(options, ways[:1] if options.allow_prune_all else ways)
    except Unreached as error:
        raise Unreached(f"{error}. {_who_acts(options)}") from error


def _there(options: ReloadOptions) -> int:
    """Ask the loop in a container: run the same command there and pass its output on, or else ask from outside."""
    from reconciler.control import container_loop
    from reconciler.swarm.containers import Containers

    container = options.container
    loop = container_loop.ContainerLoop.named(Containers.connect(options.host, os.environ), container, options.owner)
    code = loop.run(_command(options), _pass_on, options.timeout + container_loop.SPARE)
    if code not in container_loop.CANT_RUN:
        return code
    failure = FailedWay("command", f"`reconciler reload` can't be run in {container}")
    if options.allow_prune_all:
        raise Unreached(f"{failure.why}, and consent to removals is carried by nothing else")
    return _through(
        options, (container_loop.ByContainerSignal(loop), container_loop.ByContainerTrigger(loop)), before=(failure,)
    )


def _command(options: ReloadOptions) -> tuple[str, ...]:
    """Return the command in the container, with options in places that an older version there also accepts."""
    owner = () if options.owner == "reconciler" else ("--owner", options.owner)
    return (
        *("reconciler", *owner, "reload", "--output", options.output, "--timeout", f"{options.timeout:g}"),
        *(() if options.wait else ("--no-wait",)),
        *(("--allow-prune-all",) if options.allow_prune_all else ()),
    )


def _pass_on(stream: int, said: bytes) -> None:
    out = sys.stderr if stream == 2 else sys.stdout
    out.buffer.write(said)
    out.flush()


def _through(options: ReloadOptions, ways: Sequence[Way], *, before: tuple[FailedWay, ...] = ()) -> int:
    progress = _Progress(silent=options.output is Output.JSON)
    try:
        done = reloading.reload(ways, options.timeout, wait=options.wait, tell=progress.show)
    except KeyboardInterrupt:
        return tell_stopped(INTERRUPTED, progress.left, "The loop goes on; `reconciler status` shows how far it is")
    except Unreached as error:
        met = "".join(f"{failure.way}: {failure.why}; " for failure in before)
        raise Unreached(f"{met}{error}") from error
    failures = (*before, *done.failures)
    try:
        if options.output is Output.JSON:
            _print_json(done, failures)
        else:
            _print_text(done, failures, options, frozenset(progress.changed))
    except ValueError as error:  # fields that the client itself doesn't check
        raise Unreached(f"what answered by {done.way} is no loop of ours: its report can't be read") from error
    return done.last.upshot.exit(wait=options.wait)


class _Progress:
    """Prints a line on standard error for each service that isn't Ready, whenever its verdict changes, and every
    15 s what is still waited for."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._sayings = Sayings()
        self.changed: set[str] = set()
        """Swarm names of the services that the passes changed."""
        self.left: list[str] | None = None
        """What isn't as desired yet, as of the last report."""

    def show(self, step: Step) -> None:
        upshot = step.upshot
        done = step.report["actions"] if step.report else ()
        self.changed |= {each["name"] for each in done if each["kind"] == "service" and each["result"] == "changed"}
        services = step.report["services"] if step.report else ()
        self.left = undone_of(services)
        if self._silent:
            return
        engine = f"the engine can't be asked: {upshot.engine_error}" if upshot.engine_error else ""
        standby = f"{upshot.standby} holds the lease and acts" if upshot.standby else ""
        self._once("engine", engine)
        self._once("standby", standby)
        for service in services if not upshot.settled else ():
            said = "" if service["verdict"] in FINE else f"{service['name']}: {service['verdict']}"
            self._once(service["name"], said, f" {service['reason']}")
        waits = [each for each in (engine, standby) if each] or self.left
        if not upshot.settled and self._sayings.quiet() and waits:
            print(f"still waiting for {'; '.join(few(waits))}", file=sys.stderr, flush=True)

    def _once(self, topic: str, now: str, more: str = "") -> None:
        """Print a line once for its topic. ``more`` may differ with each pass, and doesn't make the line new."""
        if self._sayings.is_news(topic, now):
            print(f"{now}{more}", file=sys.stderr, flush=True)


def _print_text(
    done: Reloaded, failures: tuple[FailedWay, ...], options: ReloadOptions, changed: frozenset[str]
) -> None:
    from reconciler.cli.report_text import services_table
    from reconciler.cli.shown_services import of_changes
    from reconciler.cli.styled import Screen

    for failure in failures:
        print(f"{failure.way} doesn't work: {failure.why}", file=sys.stderr)
    upshot, report = done.last.upshot, done.last.report
    if report:
        for word in ("error", "warning"):
            for remark in report[f"{word}s"]:
                print(f"{remark['file']}:{remark['line']}:{remark['column']}: {word}: {remark['message']}")
        screen, judged = Screen.here(), map(_judgement, report["services"])
        chosen = of_changes(judged, changed, everything=options.all)
        print(screen.draw(services_table(chosen, screen.width)), end="")
    elif upshot.faults:
        print(f"desired state has {upshot.faults} errors; `reconciler validate` shows them")
    for each in (report or {}).get("held", ()):
        if each["pending"] and each["why"] != "AwaitingConsent":
            print(f"{each['kind']} {each['name']}: {each['reason']}")
    if upshot.needs_consent:
        print(f"{upshot.needs_consent}: until then what it concerns stays as it is")
    if options.wait and not upshot.settled:
        print(f"not settled within {short(options.timeout)}")
    print(f"reloaded by {done.way}  recap: {_counts(upshot)}  verdict: {upshot.verdict}")


def _print_json(done: Reloaded, failures: tuple[FailedWay, ...]) -> None:
    from reconciler.status.outputs import Counts, Failed, PassOutput, ReloadOutput

    upshot, report = done.last.upshot, done.last.report
    said = ReloadOutput(
        way=done.way,
        failed=[Failed(way=failure.way, why=failure.why) for failure in failures],
        verdict=upshot.verdict,
        settled=upshot.settled,
        recap=Counts(ok=upshot.ok, changed=upshot.changed, failed=upshot.failed, waiting=upshot.waiting),
        needs_consent=upshot.needs_consent,
        standby=upshot.standby,
        engine_error=upshot.engine_error,
        report=PassOutput.model_validate(report) if report else None,
    )
    print(said.model_dump_json(indent=2))


def _counts(upshot: Upshot) -> str:
    return f"ok={upshot.ok} changed={upshot.changed} failed={upshot.failed} waiting={upshot.waiting}"


def _judgement(service: dict[str, object]) -> Judgement:
    """Return the judgement in a report's JSON, as the table of services takes it."""
    from reconciler.status.outputs import ServiceState
    from reconciler.verdict.model import Judgement, Verdict

    said = ServiceState.model_validate(service)
    return Judgement(
        name=said.name,
        stack=said.stack,
        verdict=Verdict(said.verdict),
        reason=said.reason,
        desired=said.desired,
        running=said.running,
        task_age=said.task_age_s,
    )


def _who_acts(options: ReloadOptions) -> str:
    """Return where a loop may run that can be asked, by the lease."""
    from reconciler.notes.lease import Lease, holder_in_words
    from reconciler.process_identity import Identity
    from reconciler.swarm import Swarm

    try:
        swarm = Swarm.connect(options.host, os.environ)
        holder = holder_in_words(Lease(swarm, options.owner, Identity.current(), float).holder())
    except EngineError as error:
        return f"Who runs the loop can't be told: {error}"
    return f"{holder} holds the lease: reload there" if holder else "Start one with `reconciler run`"
