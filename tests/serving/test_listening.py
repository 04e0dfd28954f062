"""Where the service listens: real gunicorn, addresses of both kinds and a Unix socket."""

from __future__ import annotations

import socket

import pytest

from samples.demo import free_port, server

GUNICORN = ("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
# Two headers that contradict each other, which gunicorn refuses where it believes them.
HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n\r\n"


@pytest.fixture(autouse=True)
def ipv6():
    """Skips on a machine without IPv6."""
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError as error:
            pytest.skip(f"expected the address ::1, got {error.strerror}")


def status_at(family, address):
    with socket.socket(family) as connection:
        connection.settimeout(60)
        connection.connect(address)
        connection.sendall(HEAD)
        return int(connection.recv(100).split()[1])


@pytest.mark.parametrize("host", ["::", "127.0.0.1,::1,unix:SOCKET"])
@pytest.mark.slow
def test_each_place_answers(tmp_path, host):
    port, path = free_port(), str(tmp_path / "socket")
    places = [(socket.AF_INET, ("127.0.0.1", port)), (socket.AF_INET6, ("::1", port))]
    if "unix" in host:
        places.append((socket.AF_UNIX, path))
    environment = {"HOST": host.replace("SOCKET", path), "PORT": str(port), "WORKERS": "1", "LOG_LEVEL": "error"}
    with server(GUNICORN, port, "/healthz", environment):
        assert [status_at(*place) for place in places] == [200] * len(places)
