"""Events to a syslog server: RFC 5424, over UDP (RFC 5426) or TCP with octet counting (RFC 6587)."""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
import time
from collections.abc import Mapping
from typing import Any, Final

from helmet_service.alarms.events import Event, EventKind
from helmet_service.outlets.cef import cef
from helmet_service.outlets.event_json import in_words, iso, one_line
from helmet_service.outlets.outlet import DeliveryError, Outlet, network_words

_FACILITY: Final = 16  # local0
# Alert: "action must be taken immediately"; warning; notice.
_SEVERITIES: Final[dict[EventKind, int]] = {
    "alarm_on": 1, "alarm_repeat": 1, "camera_trouble": 4, "alarm_off": 5, "camera_ok": 5,
}  # fmt: skip
_WITHIN_S: Final = 5.0
_CLOSED_PORT_S: Final = 0.2  # a host on the same site says by then that nobody listens
# The number that RFC 5612 keeps for examples: we have none of our own.
_STRUCTURE: Final = "helmet@32473"


class Syslog(Outlet):
    """Sends each event to `host` and `port`, over a connection of its own."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._address: tuple[str, int] = (options["host"], options["port"])
        self._is_tcp: bool = options["protocol"] == "tcp"
        self._is_cef: bool = options["format"] == "cef"

    def send(self, event: Event, picture: bytes | None) -> None:  # noqa: ARG002  syslog has no pictures
        """See Outlet."""
        message = line(event, socket.gethostname(), is_cef=self._is_cef).encode(errors="replace")
        try:
            if self._is_tcp:
                self._over_tcp(b"%d %s" % (len(message), message))
            else:
                self._over_udp(message)
        except OSError as error:
            raise DeliveryError(network_words(error)) from None

    def _over_tcp(self, framed: bytes) -> None:
        """Returns when the receiver's machine has acknowledged every byte: syslog has no other acknowledgement."""
        with socket.create_connection(self._address, timeout=_WITHIN_S) as connection:
            connection.sendall(framed)
            ends = time.monotonic() + _WITHIN_S
            while _unacknowledged(connection):
                if time.monotonic() > ends:
                    raise DeliveryError(f"no acknowledgement within {_WITHIN_S:g} s")
                time.sleep(0.01)

    def _over_udp(self, message: bytes) -> None:
        """Returns where nobody said that the port is closed."""
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(*self._address, type=socket.SOCK_DGRAM)
        with socket.socket(family, kind, protocol) as sending:
            sending.settimeout(_CLOSED_PORT_S)
            sending.connect(address)
            sending.send(message)
            try:
                sending.recv(1)
            except TimeoutError:
                return


def line(event: Event, host: str, *, is_cef: bool) -> str:
    """An event as one line. host: the name of this machine."""
    head = f"<{_FACILITY * 8 + _SEVERITIES[event.kind]}>1 {iso(event.at)} {host} helmet-service - {event.kind}"
    if is_cef:
        return f"{head} - {cef(event, host)}"
    parameters = "".join(f' {name}="{_escaped(value)}"' for name, value in _parameters(event).items())
    return f"{head} [{_STRUCTURE}{parameters}] {in_words(event)}"


def _parameters(event: Event) -> dict[str, str]:
    named = {"event": event.id, "camera": event.camera, "cameraName": event.camera_name, "trouble": event.trouble}
    if event.alarm is not None:
        named |= {
            "alarm": event.alarm.id,
            "zone": event.alarm.zone,
            "track": str(event.alarm.track),
            "confidence": None if event.alarm.confidence is None else str(event.alarm.confidence),
            "whyEnded": event.alarm.why_ended,
        }
    return {name: one_line(value) for name, value in named.items() if value}


def _escaped(value: str) -> str:
    """A value of structured data (RFC 5424, 6.3.3)."""
    for letter in ("\\", '"', "]"):
        value = value.replace(letter, "\\" + letter)
    return value


def _unacknowledged(connection: socket.socket) -> int:
    """How many bytes the other side's TCP has not acknowledged (Linux: SIOCOUTQ, the same number as TIOCOUTQ)."""
    (waiting,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))
    return int(waiting)
