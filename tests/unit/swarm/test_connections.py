"""Connections to an engine, as they are made."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from docker.tls import TLSConfig

from reconciler.errors import EngineUnavailable, UsageError
from reconciler.swarm.connections import pool_to
from reconciler.swarm.endpoint import Endpoint
from reconciler.swarm.transport import Transport


def test_a_connection_over_tcp_sends_at_once_and_is_kept_alive() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pool = pool_to(Endpoint(f"tcp://127.0.0.1:{listener.getsockname()[1]}", Path()))
        with closing(pool), closing(pool.connect()) as connection:
            connection.connect()
            assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert connection.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_an_address_may_have_a_path() -> None:
    assert pool_to(Endpoint("tcp://far:2375/engine", Path())).base == "/engine"
    assert pool_to(Endpoint("unix:///run/docker.sock", Path())).base == ""


def test_what_isnt_spoken_here_says_how_it_can_be_done() -> None:
    with pytest.raises(UsageError, match=r"'ssh://me@far' can't be used.*ssh -NL"):
        pool_to(Endpoint("ssh://me@far", Path()))


def test_over_tls_both_sides_prove_who_they_are(tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        _authority(tmp_path / name)
    _certificate(tmp_path / "ours", "client", "DNS:client")
    _certificate(tmp_path / "ours", "server", "IP:127.0.0.1")
    _certificate(tmp_path / "theirs", "client", "DNS:client")
    with _engine(tmp_path / "ours") as host:
        assert _asked(host, _tls(tmp_path / "ours", tmp_path / "ours"))
        assert _asked(host, _tls(tmp_path / "ours", None))  # anybody may answer, as it was asked for
        with pytest.raises(EngineUnavailable):  # it isn't the engine that we mean
            _asked(host, _tls(tmp_path / "ours", tmp_path / "theirs"))
        with pytest.raises(EngineUnavailable):  # it doesn't accept us
            _asked(host, _tls(tmp_path / "theirs", tmp_path / "ours"))
        with pytest.raises(EngineUnavailable):
            _asked(host, None)


def _asked(host: str, tls: TLSConfig | None) -> str:
    with closing(Transport(Endpoint(host, Path(), tls))) as transport:
        return transport.api_version("ask")


def _tls(client: Path, authority: Path | None) -> TLSConfig:
    certificate = (str(client / "client.pem"), str(client / "client.key"))
    return TLSConfig(certificate, str((authority or client) / "ca.pem"), verify=authority is not None)


def _authority(folder: Path) -> None:
    folder.mkdir()
    _openssl(folder, "req -x509 -newkey ed25519 -nodes -subj /CN=authority -keyout ca.key -out ca.pem")


def _certificate(folder: Path, name: str, who: str) -> None:
    signed = f"-CA ca.pem -CAkey ca.key -keyout {name}.key -out {name}.pem"
    _openssl(folder, f"req -x509 -newkey ed25519 -nodes -subj /CN={name} -addext subjectAltName={who} {signed}")


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Server(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a handshake that failed


@contextmanager
def _engine(folder: Path) -> Iterator[str]:
    """Return the address of a server that answers a ping to clients known to the authority of ``folder``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
