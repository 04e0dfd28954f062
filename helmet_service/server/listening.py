"""HOST and PORT -> where gunicorn listens; what cannot be listened on is found out before gunicorn tries."""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
from pathlib import Path
from typing import Final

from helmet_service.setting_fields import SettingsError

_UNIX: Final = "unix:"
_LONGEST_PATH: Final = 107  # bytes of a socket's path (unix(7))
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")


def binds(host: str, port: int) -> list[str]:
    """What gunicorn calls `bind`, for each place of HOST: an address, a name, or `unix:` and a path.

    Raises SettingsError for what is none of these.
    """
    return [place if place.startswith(_UNIX) else _with_port(place, port) for place in _places(host)]


def check_listening(host: str, port: int) -> None:
    """SettingsError for a place of HOST where this machine cannot listen, or not beside the others.

    A port in use is no error: its holder may be ending, and gunicorn retries.
    """
    held: list[socket.socket] = []
    try:
        for place in _places(host):
            if place.startswith(_UNIX):
                _check_path(place)
            else:
                _hold(place, port, held)
    finally:
        _let_go(held)


def _places(host: str) -> list[str]:
    """Addresses of IPv6 without brackets, and the rest as it came."""
    places = [re.sub(r"^\[([0-9A-Fa-f:.]+)\]$", r"\1", place.strip()) for place in host.split(",")]
    for place in places:
        if not (re.match(rf"{_UNIX}/[^/]", place) or _NAME.fullmatch(place) or _is_address(place)):
            expected = "addresses, names or unix:/path, with commas between"
            raise SettingsError(f"HOST: expected {expected}, got {place[:80]!r}")
    return places


def _is_address(place: str) -> bool:
    try:
        ipaddress.ip_address(place)
    except ValueError:
        return False
    return "%" not in place  # gunicorn knows no zones


def _with_port(place: str, port: int) -> str:
    return f"[{place}]:{port}" if ":" in place else f"{place}:{port}"


def _hold(place: str, port: int, held: list[socket.socket]) -> None:
    """Listen there, too, for a moment."""
    try:
        held.append(_listen(place, port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise _unusable(_with_port(place, port), str(error.strerror)) from error
        hint = " (`::` takes IPv4, too)" if "::" in (place, *(each.getsockname()[0] for each in held)) else ""
        if held and _is_free_without(held, place, port):
            raise _unusable(place, f"it clashes with another one{hint}") from error


def _is_free_without(held: list[socket.socket], place: str, port: int) -> bool:
    _let_go(held)
    try:
        _listen(place, port).close()
    except OSError:
        return False
    return True


def _listen(place: str, port: int) -> socket.socket:
    """As gunicorn does it."""
    listener = socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((place, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _let_go(held: list[socket.socket]) -> None:
    while held:
        held.pop().close()


def _check_path(place: str) -> None:
    """gunicorn makes the socket anew where an old one is."""
    path = Path(place.removeprefix(_UNIX))
    try:
        if len(os.fsencode(path)) > _LONGEST_PATH:
            raise _unusable(place, f"a path of more than {_LONGEST_PATH} bytes")
        if path.exists() and not path.is_socket():
            raise _unusable(place, "something else than a socket is there")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise _unusable(place, "its folder is missing or may not be written to")
    except OSError as error:
        raise _unusable(place, str(error.strerror)) from error


def _unusable(place: str, why: str) -> SettingsError:
    return SettingsError(f"HOST: expected places to listen at, got {place[:80]!r}: {why}")
