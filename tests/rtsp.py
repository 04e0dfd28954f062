"""`tests.rtsp_server` as a process that tests start, kill and start again."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from samples.demo import ROOT, free_port
from tests.rtsp_server import DEBIANS_PYTHON

NEEDS: Final = 'import gi; gi.require_version("GstRtspServer", "1.0"); gi.require_version("GstRtsp", "1.0")'


class RtspServer:
    """Plays a file at `address`, on the same port each time. options: of `tests.rtsp_server`."""

    def __init__(self, file: Path, *options: str) -> None:
        port = str(free_port())
        script = str(ROOT / "tests" / "rtsp_server.py")
        self._command = (DEBIANS_PYTHON, script, str(file), "--port", port, "--path", "/gate", *options)
        self.address = f"rtsp://127.0.0.1:{port}/gate"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once clients may come."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self.process.stdout
        with self.process.stdout as lines:
            assert lines.readline().strip().decode() == self.address

    def kill(self) -> None:
        """As when a cable is pulled: clients are told nothing."""
        if self.process:
            self.process.kill()
            self.process.wait()


def is_installed() -> bool:
    """Whether Debian's Python has GStreamer's RTSP server."""
    return (
        Path(DEBIANS_PYTHON).exists()
        and not subprocess.run([DEBIANS_PYTHON, "-c", NEEDS], check=False, stderr=subprocess.DEVNULL).returncode
    )
