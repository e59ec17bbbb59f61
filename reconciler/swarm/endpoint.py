"""Which engine to talk to, found in the order of the Docker CLI.

``--host``, then ``DOCKER_HOST`` (both with the ``DOCKER_TLS*`` variables), then the docker context named by
``DOCKER_CONTEXT`` or by ``currentContext`` of the Docker config file, then the usual socket. Source:
https://docs.docker.com/engine/manage-resources/contexts/ and ``docker --help``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import UsageError
from reconciler.records import dataclass

if TYPE_CHECKING:
    from docker.tls import TLSConfig

USUAL_SOCKET = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An engine's address, our TLS credentials for it, and the folder of the Docker config file."""

    host: str
    config: Path
    tls: TLSConfig | None = None


def find(host: str | None, environ: Mapping[str, str]) -> Endpoint:
    """Return the engine that the command line and the environment point to.

    Raises ``UsageError`` if a context or certificate that they name can't be used.
    """
    config = Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME", "/")) / ".docker")
    named = host or environ.get("DOCKER_HOST", "")
    if named:
        return Endpoint(named, config, _tls_of_environment(environ, config))
    context = environ.get("DOCKER_CONTEXT") or _current_context(config)
    if context in ("", "default"):
        return Endpoint(USUAL_SOCKET, config)
    return _of_context(context, config)


def _tls_of_environment(environ: Mapping[str, str], config: Path) -> TLSConfig | None:
    verify = bool(environ.get("DOCKER_TLS_VERIFY"))
    folder = environ.get("DOCKER_CERT_PATH", "")
    if not (verify or folder or environ.get("DOCKER_TLS")):
        return None
    return _tls(Path(folder) if folder else config, verify, "DOCKER_CERT_PATH")


def _tls(folder: Path, verify: bool, source: str) -> TLSConfig:
    from docker.errors import TLSParameterError
    from docker.tls import TLSConfig

    try:
        return TLSConfig(
            client_cert=(str(folder / "cert.pem"), str(folder / "key.pem")),
            ca_cert=str(folder / "ca.pem"),
            verify=verify,
        )
    except TLSParameterError as error:
        raise UsageError(
            f"{source}: {folder} must contain cert.pem and key.pem, and ca.pem to verify the engine"
        ) from error


def _current_context(config: Path) -> str:
    file = config / "config.json"
    try:
        return str(_json(file).get("currentContext", ""))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"{file} can't be read: {error}. Fix it, or name the engine with --host.") from error


def _of_context(name: str, config: Path) -> Endpoint:
    key = hashlib.sha256(name.encode()).hexdigest()
    file = config / "contexts" / "meta" / key / "meta.json"
    try:
        engine = _json(file)["Endpoints"]["docker"]
        host, skip_verify = str(engine.get("Host") or USUAL_SOCKET), bool(engine.get("SkipTLSVerify"))
    except FileNotFoundError as error:
        raise UsageError(f"there is no docker context {name!r}; `docker context ls` lists them") from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"docker context {name!r} can't be read from {file}: {error}") from error
    certificates = config / "contexts" / "tls" / key / "docker"
    tls = _tls(certificates, not skip_verify, f"docker context {name!r}") if certificates.is_dir() else None
    return Endpoint(host, config, tls)


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
