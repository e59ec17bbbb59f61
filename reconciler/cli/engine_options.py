"""The options of an engine: which one, what ours is started with, and its place in a Swarm."""

from __future__ import annotations

import os
import shlex
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from reconciler.cli.parameters import setting
from reconciler.errors import UsageError
from reconciler.own_engine.choices import DockerdLog, Mode, WorkerPolicy
from reconciler.records import dataclass

if TYPE_CHECKING:
    from reconciler.own_engine.chosen_engine import EngineSettings
    from reconciler.swarm import Invitation


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """As they are given."""

    HIDDEN: ClassVar[frozenset[str]] = frozenset({"listen_addr", "data_path_addr", "join_token", "dockerd_log"})

    mode: Annotated[Mode | None, setting(envvar="RECONCILER_MODE", help="Which engine. [what is there]")] = None
    advertise_addr: Annotated[
        str, setting(envvar="RECONCILER_ADVERTISE_ADDR", metavar="IP", help="Other nodes reach it here. [found]")
    ] = ""
    listen_addr: Annotated[str, setting(envvar="RECONCILER_LISTEN_ADDR", help="Of a new Swarm's manager.")] = (
        "0.0.0.0:2377"  # nosec # the engine's own default
    )
    data_path_addr: Annotated[str, setting(envvar="RECONCILER_DATA_PATH_ADDR", help="For the traffic of tasks.")] = ""
    join: Annotated[
        str, setting(envvar="RECONCILER_JOIN", metavar="IP[,IP]", help="Managers of a Swarm to join, not make one.")
    ] = ""
    join_token: Annotated[str, setting(envvar="RECONCILER_JOIN_TOKEN", help="In place of the file.")] = field(
        default="", repr=False
    )
    join_token_file: Annotated[
        Path | None, setting(envvar="RECONCILER_JOIN_TOKEN_FILE", metavar="FILE", help="Of `docker swarm join-token`.")
    ] = None
    worker: Annotated[
        WorkerPolicy, setting(envvar="RECONCILER_WORKER", metavar="wait|exit", help="On a worker node.")
    ] = WorkerPolicy.WAIT
    dockerd_args: Annotated[
        str, setting(envvar="RECONCILER_DOCKERD_ARGS", metavar="ARGS", help="More, for an engine of our own.")
    ] = ""
    dockerd_log: Annotated[
        DockerdLog, setting(envvar="RECONCILER_DOCKERD_LOG", help="What of its log is passed on.")
    ] = DockerdLog.WARN

    def engine_settings(self, host: str) -> EngineSettings:
        """Raises ``UsageError`` for what doesn't go together."""
        from reconciler.own_engine import dockerd
        from reconciler.own_engine.chosen_engine import EngineSettings
        from reconciler.own_engine.joining_steps import WantedPlace
        from reconciler.swarm import Addresses

        return EngineSettings(
            host=host,
            mode=self.mode,
            daemon=dockerd.DockerdSettings(_words(self.dockerd_args), self.dockerd_log.value, self.advertise_addr),
            swarm=WantedPlace(
                Addresses(self.advertise_addr, self.listen_addr, self.data_path_addr),
                _invitation(self.join, self.join_token, self.join_token_file),
                wait_as_worker=self.worker is WorkerPolicy.WAIT,
            ),
            environ=dict(os.environ),
        )


def _words(arguments: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(arguments))
    except ValueError as error:
        raise UsageError(f"--dockerd-args: {error}: quote as for a shell") from error


def _invitation(join: str, token: str, file: Path | None) -> Invitation | None:
    """Nothing of the token is ever shown."""
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
