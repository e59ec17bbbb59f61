"""Our own scripts, styles and pictures, kept in memory: nothing of a request's path ever names a file."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from reconciler.records import dataclass
from reconciler.web.problems import Problem

FOLDER = Path(__file__).parent / "static"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    kind: str
    content: bytes
    packed: bytes


class StaticFiles:
    """The files of one version of the page. Their address has the version in it, so that browsers keep them."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._assets = {}
        digest = hashlib.sha256()
        for file in sorted(folder.iterdir()):
            content = file.read_bytes()
            digest.update(file.name.encode() + b"\0" + content)
            self._assets[file.name] = Asset(KINDS[file.suffix], content, gzip.compress(content, mtime=0))
        self.version = digest.hexdigest()[:12]

    def get(self, request: Request) -> Response:
        """Return a file of ``/static/VERSION/NAME``."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            raise Problem(404, "there is no such file")
        right = request.path_params["version"] == self.version
        tag = f'"{self.version}"'
        headers = {"cache-control": FOREVER if right else "no-cache", "etag": tag, "vary": "accept-encoding"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        packed = "gzip" in request.headers.get("accept-encoding", "")
        if packed:
            headers["content-encoding"] = "gzip"
        return Response(asset.packed if packed else asset.content, media_type=asset.kind, headers=headers)
