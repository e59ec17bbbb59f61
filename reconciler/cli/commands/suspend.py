"""``reconciler suspend`` and ``resume``: nothing is written to a stack, or a service, until a user resumes it."""

from __future__ import annotations

import getpass
import os
import socket
import time
from typing import TYPE_CHECKING

from reconciler.cli.from_options import parts_of
from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import TEXT, argument, option
from reconciler.records import dataclass
from reconciler.settings.choices import Output

if TYPE_CHECKING:
    from reconciler.desired.suspension import Suspension, Suspensions
    from reconciler.loop.parts import Parts
    from reconciler.notes.entries import Entries
    from reconciler.status.service_names import Named


@dataclass(frozen=True, kw_only=True)
class ResumeOptions(CommonOptions):
    """Options of ``resume``."""

    target: str = argument("STACK[/SERVICE]", help="Or a service's Swarm name.")


@dataclass(frozen=True, kw_only=True)
class SuspendOptions(ResumeOptions):
    """Options of ``suspend``."""

    reason: str = option("", TEXT, help="Why, for those who look.")


def suspend(options: SuspendOptions) -> int:
    """Write and remove nothing there until it is resumed."""
    if options.effective.settings.server:
        from reconciler.cli.remote import asked

        print(asked(options, "suspend", target=options.target, reason=options.reason))
        return 0
    from reconciler.desired.suspension import Suspension

    parts = parts_of(options)
    named, now = _found(parts, options.target)
    present = _own(named, now)
    if present and not options.reason:
        _tell(options, now, changed=False, said=f"{named} is {present} already")
        return 0
    fresh = Suspension(time.time(), _who(), options.reason)
    entries, name = _entry(named)
    entries.put(parts.swarm, options.owner, name, fresh)
    said = f"{named} is {fresh}: nothing is written or removed there until `reconciler resume {options.target}`"
    _tell(options, _now(parts), changed=True, said=said)
    return 0


def resume(options: ResumeOptions) -> int:
    """End a suspension."""
    if options.effective.settings.server:
        from reconciler.cli.remote import asked

        print(asked(options, "resume", target=options.target))
        return 0
    parts = parts_of(options)
    named, now = _found(parts, options.target)
    changed = _own(named, now) is not None
    if changed:
        entries, name = _entry(named)
        entries.drop(parts.swarm, options.owner, name)
    left = _now(parts)
    said = f"{named} is resumed" if changed else f"{named} isn't suspended at run time"
    still = list(_still(named, left, parts))
    _tell(options, left, changed=changed, said="\n".join([said, *still]))
    return 0


def _found(parts: Parts, target: str) -> tuple[Named, Suspensions]:
    """Return what the target names, among what is desired, what exists, and what is suspended already."""
    from reconciler.notes.suspensions import suspensions
    from reconciler.status.service_names import Named, find, known, stacks_of

    wanted, snapshot = parts.read(), parts.swarm.observe()
    now = suspensions(snapshot.configs, parts.settings.owner)
    services = known(wanted.stacks, snapshot.services)
    gone = [Named("", name, name) for name in now.services if name not in {each.name for each in services}]
    stacks = {named.stack: named for named in stacks_of(services)}
    stacks |= {name: Named(name) for name in (*now.stacks, *(stack.name for stack in wanted.stacks))}
    return find(target, (*stacks.values(), *services, *gone)), now


def _still(named: Named, left: Suspensions, parts: Parts) -> list[str]:
    """Return what still holds writes back."""
    wanted = parts.wanted.stacks
    everything = left.and_of(wanted)
    names = [each.name for stack in wanted if stack.name == named.stack for each in stack.services]
    held = {f"service {name}": everything.services.get(name) for name in ([named.name] if named.name else names)}
    held[f"stack {named.stack}"] = everything.stacks.get(named.stack)
    noted = {*(f"service {name}" for name in left.services), *(f"stack {name}" for name in left.stacks)}
    return [_remains(what, why, by_file=what not in noted) for what, why in held.items() if why]


def _remains(what: str, why: Suspension, *, by_file: bool) -> str:
    """Describe a suspension that remains. ``by_file`` says that it wasn't suspended at run time. A suspension whose
    time can't be read was made at run time."""
    if by_file:
        return f"{what} stays suspended: its file says `x-reconciler: {{suspend: true}}`"
    return f"{what} stays {why}: `reconciler resume {what.split()[1]}` ends that"


def _own(named: Named, now: Suspensions) -> Suspension | None:
    return now.services.get(named.name) if named.name else now.stacks.get(named.stack)


def _now(parts: Parts) -> Suspensions:
    from reconciler.notes.kinds import SUSPENDED
    from reconciler.notes.suspensions import suspensions

    owner = parts.settings.owner
    found = parts.swarm.config(SUSPENDED.name_of(owner))
    return suspensions({found.name: found} if found else {}, owner)


def _entry(named: Named) -> tuple[Entries[Suspension], str]:
    """Return where the suspension is noted, and under which name."""
    from reconciler.notes.suspensions import SERVICES, STACKS

    return (SERVICES, named.name) if named.name else (STACKS, named.stack)


def _tell(options: CommonOptions, now: Suspensions, *, changed: bool, said: str) -> None:
    if options.output is Output.TEXT:
        print(said)
        return
    from reconciler.status.outputs import SuspendOutput
    from reconciler.status.report_output import suspended

    print(SuspendOutput(changed=changed, suspended=suspended(now)).model_dump_json(indent=2))


def _who() -> str:
    """Return ``user@host``, as far as the system knows."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no entry in its /etc/passwd
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"
