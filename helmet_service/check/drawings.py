"""Where `--draw` writes: one file for one source, else a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Final

from pose.data.archives import is_archive
from pose.errors import shown
from pose.video.sources import file_stem, is_moving

_PICTURES: Final = (".jpg", ".jpeg")
_VIDEOS: Final = (".mp4",)


class Drawings:
    """Drawn pictures are JPEG, drawn videos MP4.

    out: a file's name for one video, camera, stream or picture; else a folder, which is made: pictures lie in it as in
    the archive, and a further one of the same name gets a number. Raises ValueError when a drawing would replace a
    source or lie in one, when two videos would have the same name, or a file's name another ending.
    """

    def __init__(self, out: Path, sources: Sequence[str]) -> None:
        self._out = out
        self._is_file = len(sources) == 1 and bool(out.suffix) and not _holds_several(sources[0])
        self._written: set[Path] = set()
        endings = _VIDEOS if is_moving(sources[0]) else _PICTURES
        if self._is_file and out.suffix.lower() not in endings:
            raise ValueError(f"--draw: expected a folder or a name with {endings[0]}, got {shown(str(out))}")
        stems = Counter(file_stem(source) for source in sources if is_moving(source))
        again = [stem for stem, times in stems.items() if times > 1]
        if again:
            raise ValueError(f"--draw: expected videos of different names, got {shown(again[0])} again")
        self._refuse_to_replace(sources)

    def video(self, source: str) -> Path:
        """The file for a moving picture; its folder is there."""
        return _with_folder(self._place(_video_name(source)))

    def write_picture(self, name: str, jpeg: bytes) -> None:
        """Write a drawn picture; name: its path in the archive, which cannot lead out of the folder."""
        inside = PurePosixPath(*(part for part in PurePosixPath(name).parts if part not in ("/", "..")))
        names = chain([inside.stem], (f"{inside.stem}-{number}" for number in count(2)))
        places = (self._place(str(inside.with_name(f"{each}.jpg"))) for each in names)
        place = next(place for place in places if place not in self._written)
        self._written.add(place)
        _with_folder(place).write_bytes(jpeg)

    def _place(self, name: str) -> Path:
        return self._out if self._is_file else self._out / name

    def _refuse_to_replace(self, sources: Sequence[str]) -> None:
        taken = {Path(source).resolve() for source in sources}
        names = [_video_name(each) if is_moving(each) else f"{Path(each).stem}.jpg" for each in sources]
        for place in (self._out, *map(self._place, names)):
            if not taken.isdisjoint((place.resolve(), *place.resolve().parents)):
                raise ValueError(f"--draw: expected a place outside of the sources, got {shown(str(place))}")


def _video_name(source: str) -> str:
    return f"{file_stem(source)}.mp4"


def _holds_several(source: str) -> bool:
    return Path(source).is_dir() or is_archive(source)


def _with_folder(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
