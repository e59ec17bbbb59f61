"""Budget of reading: a small file can ask for endless work through anchors, `extends` and variables.

Each stack has a budget of its own. What it takes beyond its guaranteed share comes out of a pool that all stacks of a
folder share. However much some stacks ask for, those that ask for little are read.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.yaml.document import Place

MOST_VALUES = 150_000
"""Values of one stack, each counted as often as `extends`, `include` or a mount repeats it."""
MOST_TEXT = 16_000_000
"""Characters of one stack that variables, env files, configs and secrets bring in."""
OWN_VALUES, OWN_TEXT = 10_000, 1_000_000
"""Guaranteed share of every stack of a folder, whatever the others take: 200 services or so."""
POOL_VALUES, POOL_TEXT = 300_000, 48_000_000
"""Pool of all stacks of a folder beyond their shares."""
SERVICE = 20
"""Values that a service counts as, beside its own: filling in defaults takes time too."""


class Exceeded(Exception):
    """Excess of the budget. ``place`` is where the budget ran out."""

    def __init__(self, message: str, place: Place, hint: str) -> None:
        super().__init__(message)
        self.place = place
        self.hint = hint


class Crowded(Exceeded):
    """Excess of the folder's pool by a stack that is within its own budget."""


@dataclass(slots=True)
class SharedBudget:
    """Use of the shared pool by the stacks of one folder."""

    values: int = 0
    text: int = 0

    def charge(self, values: int, text: int) -> None:
        """Count what one stack takes in all."""
        self.values += max(0, values - OWN_VALUES)
        self.text += max(0, text - OWN_TEXT)


class Budget:
    """Budget that counts values and characters. Unlike a time limit, counting gives the same answer on every
    machine."""

    def __init__(self, pool: SharedBudget | None = None) -> None:
        self.values = 0
        self.text = 0
        self._pool = pool or SharedBudget()
        """What the other stacks left of the pool."""

    def spend_values(self, count: int, at: Place) -> None:
        """Count ``count`` values.

        Raises:
            Exceeded: the budget ran out.
        """
        self.values += count
        if self.values > MOST_VALUES:
            hint = "repeat less: extend smaller services, or split the stack in two"
            raise Exceeded(f"the stack has more than {MOST_VALUES} values from here on", at, hint)
        if self.values > OWN_VALUES and self._pool.values + self.values - OWN_VALUES > POOL_VALUES:
            hint = "repeat less, or keep some of the stacks in another folder with an --owner of its own"
            raise Crowded(f"all stacks together have more than {POOL_VALUES} values from here on", at, hint)

    def text_left(self) -> int:
        return MOST_TEXT - self.text

    def spend_text(self, count: int, at: Place) -> None:
        """Count ``count`` characters.

        Raises:
            Exceeded: the budget ran out.
        """
        self.text += count
        if self.text > MOST_TEXT:
            hint = "repeat large variables and files less often, or mount a volume"
            raise Exceeded(f"variables and files bring in more than {MOST_TEXT} characters from here on", at, hint)
        self._share_text(at)

    def take_file(self, size: int, at: Place) -> None:
        """Count a file that ``text_left`` has room for.

        Raises:
            Crowded: the folder's pool ran out.
        """
        self.text += size
        self._share_text(at)

    def _share_text(self, at: Place) -> None:
        if self.text > OWN_TEXT and self._pool.text + self.text - OWN_TEXT > POOL_TEXT:
            hint = "use volumes or images for large data, or keep some of the stacks in another folder"
            raise Crowded(f"variables and files of all stacks bring in more than {POOL_TEXT} characters", at, hint)
