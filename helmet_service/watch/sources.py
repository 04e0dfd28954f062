"""A camera of `cameras.yaml` -> where its frames come from."""

from __future__ import annotations

from pathlib import Path

from helmet_service.cameras.camera import Camera
from helmet_service.cameras.watch_folder import WatchFolder
from helmet_service.watch.file_reader import FileReader
from helmet_service.watch.frame_source import FrameSource
from helmet_service.watch.inlet import Read
from helmet_service.watch.push_reader import PushReader
from helmet_service.watch.snapshot_reader import SnapshotReader
from helmet_service.watch.stream_reader import StreamReader
from helmet_service.watch.supervised import SupervisedSource


def open_source(camera: Camera, folder: WatchFolder) -> FrameSource:
    """Begin to read a camera, in the background; returns at once. folder: where pushed frames are taken from."""
    return SupervisedSource(camera.id, _reader(camera, folder))


def _reader(camera: Camera, folder: WatchFolder) -> Read:
    match camera.source.kind:
        case "push":
            return PushReader(folder, camera.id, camera.rate)
        case "file":
            return FileReader(Path(camera.source.address))
        case "snapshot":
            return SnapshotReader(camera.source, camera.rate)
        case "stream" | "mjpeg" | "device":
            return StreamReader(camera.source, camera.rate)
