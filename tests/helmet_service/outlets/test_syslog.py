"""Events arrive at a syslog server over UDP, and over TCP with the octets counted."""

from __future__ import annotations

import socket

import pytest

from helmet_service.outlets.outlet import DeliveryError
from helmet_service.outlets.syslog import Syslog, line
from tests.helmet_service.outlets.events import EVENTS


def options(server, protocol, form="rfc5424"):
    host, port = server.getsockname()
    return {"host": host, "port": port, "protocol": protocol, "format": form}


@pytest.mark.parametrize("form", ["rfc5424", "cef"])
def test_over_tcp_each_event_is_preceded_by_the_number_of_its_octets(form):
    with socket.create_server(("127.0.0.1", 0)) as server:
        outlet = Syslog(options(server, "tcp", form))
        for event in EVENTS:
            outlet.send(event, None)
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as stream:
                length, _, message = stream.read().partition(b" ")
            assert int(length) == len(message)
            assert message.decode() == line(event, socket.gethostname(), is_cef=form == "cef")


def test_over_udp_an_event_is_a_datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        Syslog(options(server, "udp")).send(EVENTS[2], None)
        assert server.recv(9000).decode() == line(EVENTS[2], socket.gethostname(), is_cef=False)


@pytest.mark.parametrize(("kind", "protocol"), [(socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")])
def test_a_closed_port_is_a_failure(kind, protocol):
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))
        closed = options(server, protocol)
    with pytest.raises(DeliveryError, match="Connection refused"):
        Syslog(closed).send(EVENTS[0], None)
