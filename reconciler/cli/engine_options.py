"""Settings of an engine: which engine to use, the arguments of our own engine, and its place in a Swarm."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import UsageError
from reconciler.settings.choices import WorkerPolicy

if TYPE_CHECKING:
    from reconciler.own_engine.chosen_engine import EngineSettings
    from reconciler.settings.table import Settings
    from reconciler.swarm import Invitation


def engine_settings(given: Settings, host: str) -> EngineSettings:
    """Return the settings of the engine.

    Raises:
        UsageError: settings don't go together.
    """
    from reconciler.own_engine import dockerd
    from reconciler.own_engine.chosen_engine import EngineSettings
    from reconciler.own_engine.joining_steps import WantedPlace
    from reconciler.swarm import Addresses

    return EngineSettings(
        host=host,
        mode=given.mode,
        daemon=dockerd.DockerdSettings(_words(given.dockerd_args), given.dockerd_log.value, given.advertise_addr),
        swarm=WantedPlace(
            Addresses(given.advertise_addr, given.listen_addr, given.data_path_addr),
            _invitation(given.join, given.join_token, given.join_token_file),
            wait_as_worker=given.worker is WorkerPolicy.WAIT,
        ),
        environ={**os.environ, **({"RECONCILER_CONFIG": str(given.config)} if given.config else {})},
    )


def _words(arguments: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(arguments))
    except ValueError as error:
        raise UsageError(f"--dockerd-args: {error}: quote as for a shell") from error


def _invitation(join: str, token: str, file: Path | None) -> Invitation | None:
    """Return the invitation to a Swarm. The token is shown nowhere."""
    from reconciler.swarm import Invitation

    if token and file:
        raise UsageError("the join token stands in --join-token and in --join-token-file: leave one out")
    if not join:
        return None
    if file:
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise UsageError(f"--join-token-file {file} can't be read: {error}") from error
    if not token:
        raise UsageError("--join needs the token that `docker swarm join-token manager` prints: --join-token-file FILE")
    return Invitation(tuple(each.strip() for each in join.split(",") if each.strip()), token)
