"""The shipped platform's web app: one page that says whether it reached PostgreSQL and Redis.

``/`` answers 200 when it reached both and 503 otherwise, ``/healthz`` whenever it is up. Each request connects again,
so a restarted database costs no restart of the app. Told to stop, it goes on answering for ``DRAIN`` seconds, until
Traefik has heard that it goes, and ends what it has begun.
"""

from __future__ import annotations

import html
import json
import os
import signal
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg2
import redis

TIMEOUT = 3
"""Seconds that a database may take to answer."""
DRAIN = 4
"""Seconds. Traefik asks the Swarm every second here, and takes a change in at most every two."""


def ask_postgres() -> str:
    connection = psycopg2.connect(
        host=os.environ["DB_HOST"],
        user=os.environ["DB_USER"],
        dbname=os.environ["DB_NAME"],
        password=Path(os.environ["DB_PASSWORD_FILE"]).read_text().strip(),
        connect_timeout=TIMEOUT,
    )
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT version()")
            return str(cursor.fetchone()[0])
    finally:
        connection.close()


def ask_redis() -> str:
    with redis.Redis(host=os.environ["REDIS_HOST"], socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT) as client:
        return f"Redis {client.info('server')['redis_version']}, visit {client.incr('visits')}"


def reached(ask: Callable[[], str]) -> dict[str, object]:
    try:
        return {"reached": True, "says": ask()}
    except (psycopg2.Error, redis.RedisError, OSError) as error:
        return {"reached": False, "says": str(error).strip()}


def page(state: dict[str, object]) -> str:
    rows = "".join(f"<dt>{html.escape(key)}<dd>{html.escape(json.dumps(value))}" for key, value in state.items())
    return f"<!doctype html><title>reconciler</title><h1>It runs</h1><dl>{rows}</dl>"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/healthz":
            self.answer(200, "text/plain", "ok\n")
            return
        databases = {"postgres": reached(ask_postgres), "redis": reached(ask_redis)}
        status = 200 if all(database["reached"] for database in databases.values()) else 503
        state = {**databases, "task": socket.gethostname()}
        if "text/html" in self.headers.get("Accept", ""):
            self.answer(status, "text/html; charset=utf-8", page(state))
        else:
            self.answer(status, "application/json", json.dumps(state) + "\n")

    def answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if self.path != "/healthz":
            super().log_request(code, size)


class Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for the answers that are under way


if __name__ == "__main__":
    with Server(("", 8000), Handler) as server:
        signal.signal(signal.SIGTERM, lambda *_: threading.Timer(DRAIN, server.shutdown).start())
        server.serve_forever()
