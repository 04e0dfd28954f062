"""Where a camera's pictures come from, by the form of its address; and what may be shown of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from helmet_service.cameras.camera import CameraSource, SourceKind

_KINDS: Final[dict[str, tuple[SourceKind, ...]]] = {
    "rtsp": ("stream",),
    "rtsps": ("stream",),
    "http": ("stream", "mjpeg", "snapshot"),
    "https": ("stream", "mjpeg", "snapshot"),
}
_DEVICE: Final = re.compile(r"(?:/dev/video)?([0-9]{1,3})")
# Some makers take the password in the path, as `/user=admin_password=x_channel=1.sdp`: what follows is not shown.
_HIDDEN: Final = re.compile(r"(?i)((?:user|usr|pass|pwd|token|secret|key|auth)[a-z]*=).*")


def kinds_of(address: str) -> tuple[SourceKind, ...]:
    """What a source with this address may be, the usual first; none: it is no address of a source."""
    if address == "push":
        return ("push",)
    scheme, separator, _ = address.partition("://")
    if separator:
        return _KINDS.get(scheme.lower(), ())
    return ("device", "file") if _DEVICE.fullmatch(address) else ("file",)


def is_url(address: str) -> bool:
    """Whether it is an address `scheme://host...` without a user and a password."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0 and "@" not in address and not re.search(r"\s", address)
    except ValueError:  # a port or a host that is none
        return False


def device_number(address: str) -> str:
    """The number of a device that is named by it, or as `/dev/video0`."""
    match = _DEVICE.fullmatch(address)
    return match[1] if match else address


def address_shown(source: CameraSource) -> str:
    """What servers and messages may say of a source's address: no user, no password, no query; of a file its name."""
    if source.kind == "file":
        return Path(source.address).name
    if "://" not in source.address:
        return source.address
    parts = urlsplit(source.address)
    host, path = parts.netloc.rpartition("@")[2], _HIDDEN.sub(r"\1…", parts.path)
    return f"{parts.scheme}://{host}{path}"
