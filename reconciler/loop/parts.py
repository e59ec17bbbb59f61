"""Parts that passes, surveys and removals are made of, put together in one place."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.apply.backoff import Backoff
from reconciler.apply.underway import Underway
from reconciler.clock import Clocks
from reconciler.loop.assess import Memory
from reconciler.loop.consent import Consent
from reconciler.loop.known_secrets import KnownSecrets
from reconciler.loop.memory import Wanted
from reconciler.loop.questions import Questions
from reconciler.loop.sources import Source, source_for
from reconciler.notes.notices import Notices
from reconciler.redaction import Redact, Redaction
from reconciler.settings.table import TABLE
from reconciler.status.redactor import Known, Redactor

if TYPE_CHECKING:
    from reconciler.errors import Fault
    from reconciler.loop.history import History
    from reconciler.loop.leadership import Leadership
    from reconciler.loop.settings import Settings
    from reconciler.loop.swarm_calls import SwarmCalls
    from reconciler.observed.model import Snapshot
    from reconciler.settings.live import LiveSettings


@dataclass
class PassMemory:
    """Memory of the passes of one process. Losing it only costs another read: everything essential is in the Swarm."""

    backoff: Backoff = field(default_factory=Backoff)
    underway: Underway = field(default_factory=Underway)
    consent: Consent = field(default_factory=Consent)
    assessed: Memory = field(default_factory=Memory)
    secrets: KnownSecrets = field(default_factory=KnownSecrets)
    redacted: Known = field(default_factory=dict)
    wanted: Wanted | None = None
    """Desired state as it was last read; None before the first read."""
    asked: str = ""
    """Why removals waited for consent when every file last loaded."""
    passes: int = 0
    met: bool = False
    """Whether the engine ever returned its Swarm: it may be slow now, but it exists."""
    stopping: bool = False
    """Whether the process is stopping and begins no more writes."""
    salt: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True)
class Parts:
    """Everything that a process needs to keep one Swarm as one folder says."""

    settings: Settings
    swarm: SwarmCalls
    leadership: Leadership
    history: History
    source: Source
    questions: Questions
    notices: Notices
    redaction: Redaction
    clocks: Clocks = field(default_factory=Clocks)
    memory: PassMemory = field(default_factory=PassMemory)
    settings_faults: tuple[Fault, ...] = ()
    """Faults found in the settings file since the loop started."""
    settings_warnings: tuple[Fault, ...] = ()

    @classmethod
    def of(
        cls,
        settings: Settings,
        swarm: SwarmCalls,
        leadership: Leadership,
        history: History,
        clocks: Clocks,
    ) -> Parts:
        """Put the parts of one process together, without reading files or asking the engine."""
        return cls(
            settings=settings,
            swarm=swarm,
            leadership=leadership,
            history=history,
            source=source_for(settings, clocks.uptime),
            questions=Questions(swarm, settings.registry_patience),
            notices=Notices(settings.owner),
            redaction=Redaction(settings.redact, secrets.token_bytes(16)),
            clocks=clocks,
            memory=PassMemory(backoff=Backoff(limits=settings.backoff)),
        )

    def under(self, live: LiveSettings) -> Parts:
        """Return the parts under settings that changed; what they remember stays."""
        values = {name: getattr(live.settings, name) for name in TABLE}
        settings = replace(self.settings, **values)
        if settings.defaults != self.settings.defaults or settings.allow_paths != self.settings.allow_paths:
            self.source.under(settings)
        if settings.redact != self.settings.redact:
            self.history.under(settings.redact)
        self.memory.backoff.limits = settings.backoff
        self.questions.digests.patience = settings.registry_patience
        return replace(
            self,
            settings=settings,
            redaction=replace(self.redaction, level=settings.redact),
            settings_faults=live.faults,
            settings_warnings=live.warnings,
        )

    @property
    def wanted(self) -> Wanted:
        """Return desired state as it was last read."""
        return self.memory.wanted or Wanted()

    def read(self) -> Wanted:
        """Read desired state. Bad input is returned as a fault and never raised (rule 3)."""
        self.memory.wanted = wanted = self.source()
        self.memory.secrets.see(wanted.stacks)
        return wanted

    def redactor(self, snapshot: Snapshot | None, redact: Redact | None = None) -> Redactor:
        """Return what hides values as ``redact`` says, or else the setting. Hidden values show as fingerprints of
        this process."""
        redaction = self.redaction if redact is None else replace(self.redaction, level=redact)
        known = self.memory.redacted if redact is None else None
        return Redactor(redaction, self.wanted.stacks, snapshot, self.memory.secrets.known, known)
