"""What reading one stack may cost: a small file can ask for work without end through anchors, `extends`, variables."""

from __future__ import annotations

from reconciler.compose.document import Place

MOST_VALUES = 150_000
"""Values of one stack, each counted as often as `extends`, `include` or a mount repeats it."""
MOST_TEXT = 16_000_000
"""Characters of one stack that variables, env files, configs and secrets bring in."""
SERVICE = 20
"""Values that a service counts as, beside its own: what is filled in takes time too."""


class Exceeded(Exception):
    """Reading would cost more than the budget. ``place`` is where the budget ran out."""

    def __init__(self, message: str, place: Place, hint: str) -> None:
        super().__init__(message)
        self.place = place
        self.hint = hint


class Budget:
    """Counts values and characters. Counting gives the same answer on every machine, as a time limit would not."""

    def __init__(self) -> None:
        self.values = 0
        self.text = 0

    def spend_values(self, count: int, at: Place) -> None:
        """Raises ``Exceeded``."""
        self.values += count
        if self.values > MOST_VALUES:
            hint = "repeat less: extend smaller services, or split the stack in two"
            raise Exceeded(f"the stack has more than {MOST_VALUES} values from here on", at, hint)

    def text_left(self) -> int:
        return MOST_TEXT - self.text

    def spend_text(self, count: int, at: Place) -> None:
        """Raises ``Exceeded``."""
        self.text += count
        if self.text > MOST_TEXT:
            hint = "repeat large variables and files less often, or mount a volume"
            raise Exceeded(f"variables and files bring in more than {MOST_TEXT} characters from here on", at, hint)
