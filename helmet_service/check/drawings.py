"""Where `--draw` writes: one file for one source, else a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from pose.errors import shown
from pose.video.sources import file_stem, is_moving

_PICTURES: Final = (".jpg", ".jpeg")
_VIDEOS: Final = (".mp4",)


class Drawings:
    """Drawn pictures are JPEG, drawn videos MP4.

    out: a file's name for one video, camera, stream or picture; else a folder, which is made: pictures lie in it as in
    the archive. Raises ValueError when two would have the same name, or a file's name another ending.
    """

    def __init__(self, out: Path, sources: Sequence[str]) -> None:
        self._out = out
        self._is_file = len(sources) == 1 and bool(out.suffix) and not Path(sources[0]).is_dir()
        endings = _VIDEOS if is_moving(sources[0]) else _PICTURES
        if self._is_file and out.suffix.lower() not in endings:
            raise ValueError(f"--draw: expected a folder or a name with {endings[0]}, got {shown(str(out))}")
        stems = Counter(file_stem(source) for source in sources if is_moving(source))
        again = [stem for stem, count in stems.items() if count > 1]
        if again:
            raise ValueError(f"--draw: expected videos of different names, got {shown(again[0])} again")

    def video(self, source: str) -> Path:
        """The file for a moving picture; its folder is there."""
        return self._made(f"{file_stem(source)}.mp4")

    def write_picture(self, name: str, jpeg: bytes) -> None:
        """Write a drawn picture; name: its path in the archive, which cannot lead out of the folder."""
        inside = [part for part in PurePosixPath(name).parts if part not in ("/", "..")]
        self._made(str(PurePosixPath(*inside).with_suffix(".jpg"))).write_bytes(jpeg)

    def _made(self, name: str) -> Path:
        path = self._out if self._is_file else self._out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
