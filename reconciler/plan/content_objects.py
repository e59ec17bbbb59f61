"""Actions on single objects that hold the content of a config or secret."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.desired.model import Config, Secret
from reconciler.observed import model as observed
from reconciler.plan.draft import Part, Rules, label_changes, owner_change
from reconciler.plan.model import Action, Key, Kind, Verb
from reconciler.plan.ownership import owner_of
from reconciler.plan.salted_hashes import Sealed, is_current, is_readable

Observed = observed.Config | observed.Secret


def make(
    part: Part, wanted: Config | Secret, name: str, notes: Mapping[str, str], rules: Rules, digest: Sealed | None
) -> bool:
    """Plan a new object. Return False if it is held back."""
    key = Key(_kind(wanted), name)
    if suspended := rules.suspensions.of_stack(wanted.stack):
        part.hold(key, Cause.SUSPENDED, str(suspended))
        part.missing.add(key)
        return False
    generate = wanted.generate if isinstance(wanted, Secret) else None
    reason = "not there" if name == wanted.name else f"the content of {wanted.name} changed"
    if generate:
        reason = "not there; generated once and kept for good"
    marks = {labels.OWNER: rules.owner, **({} if name == wanted.name else {labels.NAME: wanted.name}), **notes}
    spec = {**wanted.spec, "Name": name, "Labels": {**_labels(wanted), **marks}}
    seals = {labels.DIGEST: digest} if digest else {}
    part.actions.append(
        Action(key, wanted.stack, Verb.CREATE, reason, spec=spec, data=wanted.data, generate=generate, seals=seals)
    )
    return True


def keep(
    part: Part, wanted: Config | Secret, found: Observed, notes: Mapping[str, str], rules: Rules, digest: Sealed | None
) -> None:
    """Plan what is missing on an object that has the right content already.

    Only labels can be updated, and that touches no task. A digest that an older version wrote is renewed only if other
    labels change too.
    """
    key = Key(_kind(wanted), found.name)
    owner = owner_of(key, found.spec)
    present, given = found.spec.get("Labels") or {}, _labels(wanted)
    changes = label_changes(given, present)
    missing = {label: text for label, text in {labels.OWNER: rules.owner, **notes}.items() if label not in present}
    undigested = digest is not None and not is_readable(labels.of(found.spec, labels.DIGEST))
    if owner not in {"", rules.owner}:
        part.hold(key, Cause.OWNED_BY_ANOTHER, f"belongs to {owner}")
    elif owner and not changes and not missing and not undigested:
        part.unchanged += 1
    elif suspended := rules.suspensions.of_stack(wanted.stack):
        part.hold(key, Cause.SUSPENDED, str(suspended))
    else:
        ours = {label: text for label, text in present.items() if label.startswith(labels.OURS)}
        spec = {**found.spec, "Labels": {**given, **ours, **missing}}
        verb = Verb.UPDATE if owner else Verb.ADOPT
        reason = "its labels differ" if owner else "has the content already; only our labels are missing"
        if not owner:
            changes = (*changes, owner_change(rules.owner))
        seals = {labels.DIGEST: digest} if digest and not is_current(labels.of(found.spec, labels.DIGEST)) else {}
        part.actions.append(
            Action(key, wanted.stack, verb, reason, changes=changes, spec=spec, observed=found, seals=seals)
        )


def _kind(wanted: Config | Secret) -> Kind:
    return Kind.CONFIG if isinstance(wanted, Config) else Kind.SECRET


def _labels(wanted: Config | Secret) -> dict[str, str]:
    """Return the labels in the file. A generated secret goes without the label by which ``docker stack rm`` would
    remove it."""
    given = dict(wanted.spec.get("Labels") or {})
    if isinstance(wanted, Secret) and wanted.generate:
        given.pop(labels.STACK, None)
    return given
