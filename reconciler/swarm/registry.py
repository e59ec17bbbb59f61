"""Registries, asked through the engine: credentials from the Docker config file, and digests of tags."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import EngineError, Refused
from reconciler.printable import printable
from reconciler.records import dataclass
from reconciler.swarm.transport import Call, Transport


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for which a registry is asked, and for which a credential helper may run. Neither must hold a pass up."""

    registry: float = 3.0
    helper: float = 10.0


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a tag stands for: ``digest`` as ``sha256:...``, or None with the ``reason``."""

    digest: str | None
    reason: str = ""


def resolve(image: str, transport: Transport, config: Path, patience: Patience = PATIENCE) -> Resolution:
    """Ask the image's registry for the digest of its tag. Never raises: an image can run by its tag alone."""
    try:
        headers = credentials(image, config, patience.helper)
        call = Call(
            "GET",
            f"/distribution/{image}/json",
            f"resolve {image}",
            headers=headers,
            timeout=patience.registry,
            again=False,
        )
        digest = transport.json(call)["Descriptor"]["digest"]
    except EngineError as error:
        return Resolution(None, str(error))
    except (LookupError, TypeError):
        return Resolution(None, f"the registry's answer for {image} has no digest")
    return Resolution(digest) if isinstance(digest, str) else Resolution(None, f"the digest of {image} isn't a string")


def credentials(image: str, config: Path, helper: float | None = None) -> dict[str, str]:
    """Return the header with the credentials for the image's registry, if the Docker config file has any.

    Raises ``Refused`` if that file, or the credential helper that it names, fails. A helper has ``helper`` seconds
    to answer, or else 10; after a failure it isn't asked again for a while.
    """
    file = config / "config.json"
    if not file.is_file():
        return {}
    from docker.auth import encode_header, resolve_repository_name
    from docker.errors import DockerException
    from docker.utils import parse_repository_tag

    from reconciler.swarm.credential_failures import FAILURES
    from reconciler.swarm.credential_helper import Logins

    try:
        registry, _ = resolve_repository_name(parse_repository_tag(image)[0])
        with FAILURES.remembered(file, registry):
            found = Logins.within(str(file), helper).resolve_authconfig(registry)
    except (DockerException, OSError, ValueError) as error:
        raise Refused(f"the credentials for {image} can't be read from {file}: {printable(str(error))}") from error
    return {"X-Registry-Auth": encode_header(found).decode()} if found else {}
