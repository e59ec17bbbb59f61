"""Removal of what we own and is no longer desired, with the guards around it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.desired.model import Spec
from reconciler.desired.suspension import Suspension
from reconciler.observed.model import Snapshot
from reconciler.plan.draft import Part, Rules, stack_of
from reconciler.plan.model import Action, Key, Kind, Observed, Verb
from reconciler.plan.networks import leaving, others_on, users_of
from reconciler.plan.own_service import runs_as
from reconciler.plan.ownership import is_ours, look_alike, objects, owner_of
from reconciler.plan.references import Uses
from reconciler.plan.volumes import Loss, names

Wanted = frozenset[Key]
SETTLING = "no longer desired; removed once the files have been unchanged for a moment"


def prune(
    wanted: Wanted,
    named: Wanted,
    snapshot: Snapshot,
    used: Uses,
    rules: Rules,
    kept_back: Mapping[Key, str] | None = None,
) -> tuple[Part, str]:
    """Return the removals, and why they wait for consent (empty if they don't). ``named`` are the configs and
    secrets of the files, by their names there. ``kept_back`` are services that wait for their own consent, and why."""
    kept_back = kept_back or {}
    part = Part()
    there = dict(objects(snapshot))
    owned = {key: found for key, found in there.items() if is_ours(key, found.spec, rules.owner, wanted | named)}
    staying = wanted | leaving(snapshot)
    gone = {key: found.spec for key, found in owned.items() if key not in staying}
    strange = there.keys() - owned.keys() - staying
    alike = (look_alike(key, there[key].spec, rules.owner) for key in sorted(strange))
    part.warnings += [warning for warning in alike if warning]
    suspended = {key: found for key, spec in gone.items() if (found := _suspended(key, spec, rules))}
    ourselves = Key(Kind.SERVICE, snapshot.ourselves)
    going = {key.name for key in gone if key.kind is Kind.SERVICE and key not in {*suspended, *kept_back, ourselves}}
    for key, spec in gone.items():
        content = key.kind in {Kind.CONFIG, Kind.SECRET}
        users = used.now.get(key, frozenset()) - going if content else frozenset()
        before = used.before.get(key, frozenset()) - going if content else frozenset()
        reason = _reason_to_keep(key, spec, users) or _needed_by_us(key, ourselves in gone, snapshot)
        if before and not reason:
            part.kept[key] = f"kept for a rollback of {', '.join(sorted(before))}"
        elif not rules.complete:
            why = "no longer desired, but nothing is removed while a file doesn't load"
            part.hold(key, Cause.FILE_BROKEN, why)
        elif key in suspended:
            part.hold(key, Cause.SUSPENDED, f"no longer desired, but {suspended[key]}")
        elif key in kept_back:
            part.hold(key, Cause.AWAITING_CONSENT, f"no longer desired; {kept_back[key]}")
        elif reason:
            part.hold(key, Cause.LATER, f"no longer desired, but {reason}")
        elif key.kind is Kind.NETWORK and (staying_on := sorted(users_of(key.name, snapshot) & kept_back.keys())):
            part.hold(key, Cause.LATER, f"no longer desired, but still used by {staying_on[0].name}")
        elif others := _strangers_on(key, {each.name for each in wanted | gone.keys()}, snapshot):
            part.hold(key, Cause.IN_USE, f"no longer desired, but used by {', '.join(others)}")
        else:
            part.actions.append(_remove(key, spec, owned[key], used, snapshot))
    for key, why in _left_behind(part, wanted, snapshot).items():
        part.hold(key, Cause.UNLABELLED, why)
    leaves = gone.keys() - part.kept.keys()
    asked = _too_much(part, owned) if rules.complete else rules.asked if leaves else ""
    consent = "" if rules.allow_prune_all else asked
    return part, consent


def hold_removals(part: Part, lost: Sequence[Loss]) -> None:
    """Hold every removal until consent is given, and say what data each would leave behind."""
    for action in part.actions:
        mine = [loss for loss in lost if loss.key == action.key]
        data = f"; {names(mine)} would stay behind with its data" if mine else ""
        part.hold(action.key, Cause.AWAITING_CONSENT, f"no longer desired, and waits for consent{data}")
    part.actions.clear()


def _strangers_on(key: Key, ours: set[str], snapshot: Snapshot) -> list[str]:
    """Describe the users of a network besides the services that leave or are desired."""
    if key.kind is not Kind.NETWORK:
        return []
    return list(others_on(key.name, {each.name for each in users_of(key.name, snapshot)}, ours, snapshot))


def hold_until_settled(part: Part) -> None:
    """Hold removals until the files were unchanged for a moment. Objects that nothing uses are removed at once: if
    that was wrong, they are made again from their files."""
    for action in [each for each in part.actions if each.kind in {Kind.SERVICE, Kind.NETWORK} or each.after]:
        part.actions.remove(action)
        part.hold(action.key, Cause.SETTLING, SETTLING)


def _left_behind(part: Part, wanted: Wanted, snapshot: Snapshot) -> dict[Key, str]:
    """Return the networks of a leaving stack that was adopted: a network can't be labelled later, so they aren't
    ours."""
    removed = {action.key for action in part.actions}
    stacks = {action.stack for action in part.actions if action.kind is Kind.SERVICE and action.stack}
    keys = {
        Key(Kind.NETWORK, name): found for name, found in snapshot.networks.items() if stack_of(found.spec) in stacks
    }
    hint = "stays when its stack leaves, for it isn't labelled as ours: `docker network rm {}` removes it"
    return {
        key: hint.format(key.name)
        for key, found in keys.items()
        if key not in wanted | removed | leaving(snapshot)
        and not owner_of(key, found.spec)
        and users_of(key.name, snapshot) <= removed
    }


def _suspended(key: Key, spec: Spec, rules: Rules) -> Suspension | None:
    if key.kind is Kind.SERVICE:
        return rules.suspensions.of_service(key.name, stack_of(spec))
    return rules.suspensions.of_stack(stack_of(spec))


def _reason_to_keep(key: Key, spec: Spec, users: Collection[str]) -> str:
    if labels.GENERATED in (spec.get("Labels") or {}):
        return "a generated secret is kept for good"
    return f"still used by {', '.join(sorted(users))}" if users else ""


def _needed_by_us(key: Key, staying: bool, snapshot: Snapshot) -> str:
    """Return why our own service is kept though it is no longer desired, and why the networks that it uses are."""
    own = snapshot.ourselves
    if not staying:
        return ""
    if key == Key(Kind.SERVICE, own):
        return runs_as(own)
    used = key.kind is Kind.NETWORK and Key(Kind.SERVICE, own) in users_of(key.name, snapshot)
    return f"still used by {own}" if used else ""


def _remove(key: Key, spec: Spec, found: Observed, used: Uses, snapshot: Snapshot) -> Action:
    after: frozenset[Key] = frozenset()
    if key.kind is Kind.NETWORK:
        after = users_of(key.name, snapshot)
    elif key.kind is not Kind.SERVICE:
        after = frozenset(Key(Kind.SERVICE, user) for user in used.now.get(key, ()))
    return Action(
        key, stack_of(spec), Verb.REMOVE, "no longer desired", key.kind is Kind.SERVICE, observed=found, after=after
    )


def _too_much(part: Part, owned: Collection[Key]) -> str:
    services = [key for key in owned if key.kind is Kind.SERVICE]
    leaving = [action for action in part.actions if action.kind is Kind.SERVICE]
    if len(leaving) * 2 > len(services):
        what = f"{len(leaving)} of {len(services)} services"
    elif part.actions and len(part.actions) == len(owned):
        what = "everything that is owned"
    else:
        return ""
    return f"removing {what} needs --allow-prune-all"
