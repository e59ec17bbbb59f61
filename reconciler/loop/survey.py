"""A command's own look at the Swarm, for when no loop runs that could answer. It writes nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from reconciler.loop.passes import compare
from reconciler.loop.reporting import Occasion, Pass, report_of
from reconciler.plan.contents import digests_to_match
from reconciler.plan.salted_hashes import prepare
from reconciler.threads import begun

if TYPE_CHECKING:
    from reconciler.apply.backoff import Failure
    from reconciler.loop.disputed import Standing
    from reconciler.loop.parts import Parts
    from reconciler.loop.reporting import Found
    from reconciler.observed.model import Snapshot
    from reconciler.plan.model import Action


def survey(parts: Parts) -> Found:
    """Return what a pass would find, with all values, and the Swarm that it was found in.

    Raises:
        EngineUnavailable: the engine can't be reached.
    """
    occasion = Occasion.now(parts)
    looking = begun(parts.swarm.observe)
    wanted = parts.read()  # read the files while the engine answers
    snapshot = looking.result()
    prepare(digests_to_match(wanted.stacks, snapshot))
    probing = parts.questions.probing
    probing.once(wanted.services, snapshot)
    snapshot = replace(snapshot, probed=probing.known)
    found = compare(parts, wanted, snapshot, _refused(snapshot, parts.settings.owner))
    return report_of(Pass(occasion, wanted, found, snapshot), parts), snapshot


def _refused(snapshot: Snapshot, owner: str) -> Standing:
    """Return what the engine refused before, by the history."""

    @cache
    def past() -> Standing:
        """Return refusals, read once. The history takes long to read, and is only needed where something differs."""
        from reconciler.loop.last_refusals import refused
        from reconciler.notes.history import entries

        return refused(entries(snapshot.configs, owner))

    def standing(action: Action) -> Failure | None:
        return past()(action)

    return standing
