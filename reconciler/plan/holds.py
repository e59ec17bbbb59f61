"""Why a difference is left alone, as a typed reason beside the words."""

from __future__ import annotations

from enum import StrEnum


class Hold(StrEnum):
    """The reason of a hold. ``needs_somebody`` tells the ones that no later pass ends by itself."""

    OTHER = "Other"
    LATER = "Later"
    """A normal step of the plan that comes later, such as a secret that is removed once its service has rolled."""
    FILE_BROKEN = "FileBroken"
    """Nothing is removed while a file doesn't load."""
    SETTLING = "Settling"
    """Nothing is removed until the files were unchanged for a moment: one may be half written."""
    AWAITING_CONSENT = "AwaitingConsent"
    NEEDS_REPLACEMENT = "NeedsReplacement"
    """Swarm or the engine can't change the object, and its file doesn't allow a replacement."""
    IN_USE = "InUse"
    """Somebody else uses what has to be replaced."""
    NAME_TAKEN = "NameTaken"
    PORT_TAKEN = "PortTaken"
    OWNED_BY_ANOTHER = "OwnedByAnother"
    DISPUTED_WITH_OURSELVES = "DisputedWithOurselves"
    """This process did and undid it again and again: a fault of reconciler."""

    @property
    def needs_somebody(self) -> bool:
        """Whether the difference stays until a person acts. The whole isn't Ready meanwhile."""
        return self not in {Hold.OTHER, Hold.LATER, Hold.FILE_BROKEN, Hold.SETTLING}
