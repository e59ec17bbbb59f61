"""When an app is started again."""

from __future__ import annotations

import pytest

from reconciler.settings.choices import Restart


@pytest.mark.parametrize(
    ("policy", "well", "badly"),
    [(Restart.ALWAYS, True, True), (Restart.ON_FAILURE, False, True), (Restart.NEVER, False, False)],
)
def test_restarts(policy: Restart, well: bool, badly: bool) -> None:
    assert policy.after(0) is well
    assert policy.after(1) is badly
    assert policy.after(-9) is badly
