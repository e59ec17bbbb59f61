"""How property tests run: never judged by time, for a busy machine is no fault of the code. And, with
``RECONCILER_TEST_REWORDED=1``, other words for every cause: whatever passes doesn't depend on ours."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.rewording import reword

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
REWORDED = os.environ.get("RECONCILER_TEST_REWORDED", "") == "1"


def pytest_configure(config: pytest.Config) -> None:
    if REWORDED:
        reword()
