"""Consent that is needed when data would be left behind (besides consent to removing most objects)."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.causes.cause import Cause
from reconciler.desired.model import Stack
from reconciler.observed.model import Service as ObservedService
from reconciler.observed.model import Snapshot
from reconciler.plan.draft import Part
from reconciler.plan.model import Action, Key, Kind, Verb
from reconciler.plan.renamed_services import successors
from reconciler.plan.volumes import Loss, empty, losses, mounts, names, used
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class DataQuestion:
    """Volumes that a plan leaves behind, and what waits for consent to that. ``staying`` are the services whose
    removal waits."""

    lost: tuple[Loss, ...] = ()
    staying: frozenset[Key] = frozenset()

    @property
    def words(self) -> str:
        return f"leaving {names(self.lost)} behind needs --allow-prune-all" if self.lost else ""

    def why(self, key: Key) -> str:
        """Return why a removal, or a change of mounts, is held."""
        mine = [loss for loss in self.lost if loss.key == key]
        if not mine:
            return "it stays with the rest of its stack, which waits for consent"
        said = f"{names(mine)} would stay behind with its data, and no service would use it"
        heirs = [
            f"volume {loss.heir} at {loss.target} would begin empty; {_advice(loss)}" for loss in mine if loss.heir
        ]
        return "; ".join([said, *heirs])


def data_question(stacks: Sequence[Stack], services: Part, removals: Part, snapshot: Snapshot) -> DataQuestion:
    """Return which volumes a plan leaves behind. If one service of a stack has to stay for that, all services that
    leave with the stack stay."""
    lost = tuple(losses([*services.actions, *removals.actions], stacks, snapshot))
    keys = {loss.key for loss in lost}
    hit = {action.stack for action in removals.actions if action.key in keys}
    staying = {action.key for action in removals.actions if action.kind is Kind.SERVICE and action.stack in hit}
    return DataQuestion(lost, frozenset(staying))


def hold_for_data(question: DataQuestion, services: Part, snapshot: Snapshot) -> None:
    """Hold updates that switch to another volume, and services that replace one that stays."""
    keys = {loss.key for loss in question.lost}
    old = [snapshot.services[key.name] for key in sorted(question.staying)]
    heirs = {action.key: each for each, action in successors(old, services).items()}
    for action in list(services.actions):
        if action.key in keys:
            _hold(services, action, question.why(action.key))
        elif action.key in heirs:
            _hold(services, action, _of_heir(question, action, snapshot.services[heirs[action.key]], snapshot))


def _hold(services: Part, action: Action, why: str) -> None:
    services.actions.remove(action)
    changes = action.changes if action.verb is not Verb.CREATE else ()
    services.hold(action.key, Cause.AWAITING_CONSENT, why, changes=changes)


def _of_heir(question: DataQuestion, action: Action, old: ObservedService, snapshot: Snapshot) -> str:
    new = mounts(action.spec)
    lost = {loss.target: loss for loss in question.lost if loss.key.name == old.name}
    said = [f"takes the place of {old.name}, and isn't made as long as that waits for consent"]
    for target, mount in new.items():
        if target in lost and mount["Source"] in empty(action, used(snapshot)):
            heir = Loss(lost[target].volume, action.key, target, str(mount["Source"]))
            said.append(f"volume {heir.heir} would begin empty; {_advice(heir)}")
    return "; ".join(said)


def _advice(loss: Loss) -> str:
    return f"`name: {loss.volume}` under its volume keeps the data, and so does the old stack's name (`name:` on top)"
