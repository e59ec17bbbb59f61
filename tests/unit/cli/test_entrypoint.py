"""What ``entrypoint`` passes on to the loop that it keeps."""

from __future__ import annotations

from pathlib import Path

from reconciler.cli.commands.entrypoint import arguments


def test_options_are_written_as_on_a_command_line() -> None:
    given = {"desired": Path("d"), "committed": True, "interval": 90.0, "allow_paths": (Path("/a"), Path("/b"))}
    assert [*arguments(given)] == [
        "--desired=d",
        "--committed",
        "--interval=1m30s",
        "--allow-path=/a",
        "--allow-path=/b",
    ]
