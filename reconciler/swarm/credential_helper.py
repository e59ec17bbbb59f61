"""Credential helpers of the Docker config file (``docker-credential-NAME``), with limits of time and output.

Docker's SDK waits for a helper for ever. Here a helper that hangs is ended, with everything that it started.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess  # nosec # runs the helper that the Docker config file names, as docker does
import time
from dataclasses import replace
from typing import IO

from docker.auth import AuthConfig
from docker.credentials import Store
from docker.credentials.errors import StoreError, process_store_error
from docker.errors import DockerException

from reconciler.records import dataclass

LONGEST_WORDS = 300
"""Characters of a helper's message that are shown."""


class HelperFailed(DockerException):
    """A credential helper gave no answer, or no credentials."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a helper: seconds, and bytes of output."""

    seconds: float = 10.0
    output: int = 64 * 1024


class Logins(AuthConfig):
    """The logins of a Docker config file. Each credential helper that is asked stays within ``bounds``."""

    bounds = Bounds()

    @classmethod
    def within(cls, file: str, seconds: float | None) -> Logins:
        """Return the logins of a file; a helper has so many seconds, or else the usual number."""
        found: Logins = cls.load_config(file, None)
        if seconds is not None:
            found.bounds = replace(cls.bounds, seconds=seconds)
        return found

    def _get_store_instance(self, name: str) -> Store:
        return Helper(name, self.bounds)


class Helper(Store):
    """One credential helper, which is ended when it reaches its limits."""

    def __init__(self, program: str, bounds: Bounds) -> None:
        super().__init__(program)
        self._bounds = bounds

    def get(self, server: str | bytes) -> dict[str, str]:
        """Return the credentials for a registry.

        Raises:
            HelperFailed: the helper hangs, prints too much, or doesn't answer with credentials.
            StoreError: the helper doesn't exist, refuses, or has no credentials for this registry.
        """
        try:
            found = super().get(server)  # type: ignore[no-untyped-call]
            return {"Username": str(found["Username"]), "Secret": str(found["Secret"])}
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise HelperFailed(f"credential helper `{self.program}` doesn't answer with credentials in JSON") from error

    def _execute(self, subcmd: str, data_input: bytes | None) -> bytes:
        if self.exe is None:
            raise StoreError(f"{self.program} not installed or not available in PATH")
        command = [self.exe, subcmd]
        try:
            process = subprocess.Popen(  # nosec # no shell; the program is the config file's own
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise StoreError(f"{self.program} can't be run: {error.strerror}") from error
        output, code = self._talk(process, data_input or b"")
        if code:
            words = output[:LONGEST_WORDS].decode(errors="replace").encode()
            raise process_store_error(subprocess.CalledProcessError(code, command, words), self.program)
        return output

    def _talk(self, process: subprocess.Popen[bytes], question: bytes) -> tuple[bytes, int]:
        """Ask, and return the answer and the exit code. Raises ``HelperFailed`` when a limit is reached."""
        deadline = time.monotonic() + self._bounds.seconds
        done = False
        try:
            _write(process.stdin, question)
            output = self._read(process.stdout, deadline)
            code = process.wait(max(deadline - time.monotonic(), 0))
            done = True
            return output, code
        except (subprocess.TimeoutExpired, TimeoutError) as error:
            raise HelperFailed(
                f"credential helper `{self.program}` hasn't answered within {self._bounds.seconds:g} s and was ended. "
                f"See what `echo REGISTRY | {self.program} get` waits for, where reconciler runs"
            ) from error
        finally:
            if not done:
                _end(process)
            if process.stdout:
                process.stdout.close()

    def _read(self, pipe: IO[bytes] | None, deadline: float) -> bytes:
        """Read to the end. Raises ``TimeoutError`` at the deadline, ``HelperFailed`` for too much output."""
        output = b""
        with selectors.DefaultSelector() as ready:
            if pipe is None:
                return output
            ready.register(pipe, selectors.EVENT_READ)
            while True:
                left = deadline - time.monotonic()
                if left <= 0 or not ready.select(left):
                    raise TimeoutError
                part = os.read(pipe.fileno(), 8192)
                if not part:
                    return output
                output += part
                if len(output) > self._bounds.output:
                    raise HelperFailed(
                        f"credential helper `{self.program}` printed more than {self._bounds.output} bytes and was "
                        "ended. A helper prints one JSON object"
                    )


def _write(pipe: IO[bytes] | None, question: bytes) -> None:
    """Send the question. A registry's name fits into a pipe; a helper that doesn't read it is judged by its answer."""
    if pipe is None:
        return
    try:
        with pipe:
            pipe.write(question)
    except BrokenPipeError:
        return


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a helper and all that it started. Nobody has waited for it yet, so its process id is still its own."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
