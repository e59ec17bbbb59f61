"""Requests to an app's own health URL."""

from __future__ import annotations

import asyncio
import http.client
import socket
from functools import partial
from urllib.parse import urlsplit

from reconciler.threads import aside

EVERY = 0.2
"""Seconds between requests."""
LONGEST = 5.0
"""Seconds to wait for one answer."""


def askable(url: str) -> bool:
    """Whether this is a URL that can be requested."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # not a valid port or address
        return False


async def healthy(url: str) -> None:
    """Return as soon as ``url`` answers 2xx; wait for ever if it doesn't."""
    while not await aside(partial(_answers, url)):
        await asyncio.sleep(EVERY)


async def listening(url: str) -> bool:
    """Whether anything listens at the URL, healthy or not."""
    return await aside(partial(_listens, url))


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname, port), LONGEST).close()
    except OSError:
        return False
    return True


def _answers(url: str) -> bool:
    """Use no proxy and follow no redirect: only this very process counts."""
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=LONGEST)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
