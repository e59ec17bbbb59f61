"""Connections to an engine, as they are made."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest
from requests.adapters import HTTPAdapter

from reconciler.swarm.endpoint import Endpoint
from reconciler.swarm.transport import Transport


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_over_tcp_sends_at_once_and_is_kept_alive(scheme: str) -> None:
    transport = Transport(Endpoint("tcp://127.0.0.1:1", Path()))
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(transport):
        adapter = transport._session.get_adapter(f"{scheme}://127.0.0.1")
        assert isinstance(adapter, HTTPAdapter)
        pool = adapter.poolmanager.connection_from_host("127.0.0.1", listener.getsockname()[1], "http")
        with closing(pool), closing(pool._new_conn()) as connection:
            connection.connect()
            assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert connection.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
