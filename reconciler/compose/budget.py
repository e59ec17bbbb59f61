"""What reading may cost: a small file can ask for work without end through anchors, `extends`, variables.

Each stack has a budget of its own. What it takes beyond a share that every stack has comes out of a pool that all
stacks of a folder have in common: however many ask for much, those that ask for little are read.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.yaml.document import Place

MOST_VALUES = 150_000
"""Values of one stack, each counted as often as `extends`, `include` or a mount repeats it."""
MOST_TEXT = 16_000_000
"""Characters of one stack that variables, env files, configs and secrets bring in."""
OWN_VALUES, OWN_TEXT = 10_000, 1_000_000
"""What every stack of a folder may take, whatever the others take: 200 services or so."""
POOL_VALUES, POOL_TEXT = 300_000, 48_000_000
"""What all stacks of a folder may take beyond that."""
SERVICE = 20
"""Values that a service counts as, beside its own: what is filled in takes time too."""


class Exceeded(Exception):
    """Reading would cost more than the budget. ``place`` is where the budget ran out."""

    def __init__(self, message: str, place: Place, hint: str) -> None:
        super().__init__(message)
        self.place = place
        self.hint = hint


class Crowded(Exceeded):
    """This stack is within its budget, and the folder as a whole is not."""


@dataclass(slots=True)
class SharedBudget:
    """What the stacks of one folder took in common, beyond what each may take."""

    values: int = 0
    text: int = 0

    def charge(self, values: int, text: int) -> None:
        """Count what one stack takes in all."""
        self.values += max(0, values - OWN_VALUES)
        self.text += max(0, text - OWN_TEXT)


class Budget:
    """Counts values and characters. Counting gives the same answer on every machine, as a time limit would not."""

    def __init__(self, pool: SharedBudget | None = None) -> None:
        self.values = 0
        self.text = 0
        self._pool = pool or SharedBudget()
        """As the other stacks left it."""

    def spend_values(self, count: int, at: Place) -> None:
        """Raises ``Exceeded``."""
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
        """Raises ``Exceeded``."""
        self.text += count
        if self.text > MOST_TEXT:
            hint = "repeat large variables and files less often, or mount a volume"
            raise Exceeded(f"variables and files bring in more than {MOST_TEXT} characters from here on", at, hint)
        self._share_text(at)

    def take_file(self, size: int, at: Place) -> None:
        """Count a file that ``text_left`` has room for. Raises ``Crowded``."""
        self.text += size
        self._share_text(at)

    def _share_text(self, at: Place) -> None:
        if self.text > OWN_TEXT and self._pool.text + self.text - OWN_TEXT > POOL_TEXT:
            hint = "use volumes or images for large data, or keep some of the stacks in another folder"
            raise Crowded(f"variables and files of all stacks bring in more than {POOL_TEXT} characters", at, hint)
