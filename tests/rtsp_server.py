"""A real RTSP server on loopback: `python -m tests.rtsp_server FILE --port 8554 --path /gate` (or Debian's python3).

It plays the H.264 video of an MP4 file to each client from its beginning, again and again, by GStreamer's RTSP server.
That needs gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good and python3-gi, which only Debian's own Python sees.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

DEBIANS_PYTHON = "/usr/bin/python3"


def main() -> None:
    """Serve until a signal ends it; prints the address once clients may come."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="MP4 with H.264 video")
    parser.add_argument("--port", type=int, default=8554, help="(default: 8554)")
    parser.add_argument("--path", default="/camera", help="of the address (default: /camera)")
    parser.add_argument("--user", help="with --password: whom it serves (default: everybody)")
    parser.add_argument("--password")
    parser.add_argument("--auth", choices=("basic", "digest"), default="digest", help="(default: digest)")
    options = parser.parse_args()
    if sys.executable != DEBIANS_PYTHON:
        os.execv(DEBIANS_PYTHON, [DEBIANS_PYTHON, __file__, *sys.argv[1:]])
    serve(options)


def serve(options: argparse.Namespace) -> None:
    """Serve until a signal ends the process."""
    import gi

    for name in ("Gst", "GstRtsp", "GstRtspServer"):
        gi.require_version(name, "1.0")
    from gi.repository import GLib, Gst, GstRtspServer

    Gst.init(None)
    samples = list(_samples(Gst, options.file))
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=str(options.port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch("( appsrc name=source is-live=true format=time ! rtph264pay name=pay0 )")
    factory.connect("media-configure", lambda _, media: _play(Gst, media, samples))
    if options.user:
        server.set_auth(_auth(options))
        permissions = GstRtspServer.RTSPPermissions()
        for right in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role("viewer", right, True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory(options.path, factory)
    if not server.attach(None):
        sys.exit(f"port {options.port}: expected a free one")
    print(f"rtsp://127.0.0.1:{options.port}{options.path}", flush=True)
    GLib.MainLoop().run()


def _samples(gst: Any, file: Path) -> Iterator[Any]:
    """The coded frames of a file."""
    pipeline = gst.parse_launch("filesrc name=file ! qtdemux ! appsink name=sink sync=false")
    pipeline.get_by_name("file").set_property("location", str(file))
    pipeline.set_state(gst.State.PLAYING)
    while sample := pipeline.get_by_name("sink").emit("pull-sample"):
        yield sample
    pipeline.set_state(gst.State.NULL)


def _play(gst: Any, media: Any, samples: list[Any]) -> None:
    """Feed a client's pipeline with the frames, whenever it asks, without end."""
    source = media.get_element().get_by_name("source")
    source.set_property("caps", samples[0].get_caps())
    buffers = _endless(gst, [sample.get_buffer() for sample in samples])
    source.connect("need-data", lambda *_: source.emit("push-buffer", next(buffers)))


def _endless(gst: Any, buffers: list[Any]) -> Iterator[Any]:
    length = sum(buffer.duration for buffer in buffers)
    for turn in count():
        for buffer in buffers:
            moved = gst.Buffer.new_wrapped(buffer.extract_dup(0, buffer.get_size()))
            moved.pts, moved.duration = buffer.pts + turn * length, buffer.duration
            yield moved


def _auth(options: argparse.Namespace) -> Any:
    from gi.repository import GstRtsp, GstRtspServer

    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if options.auth == "basic":
        auth.add_basic(auth.make_basic(options.user, options.password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, token)
    return auth


if __name__ == "__main__":
    main()
