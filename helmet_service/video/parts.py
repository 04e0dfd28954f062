"""The finished parts of a job: pieces of the result video, each with the lines of its judged frames."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby
from pathlib import Path
from typing import Final

from helmet_service.shared_files import replace_file, replace_json, sync_folder
from helmet_service.video.drawing_frames import DrawnFrame
from pose.video.writing import VideoWriter, join

_PART_S: Final = 20.0  # of the video: what a killed process loses at most


class Parts:
    """`NUMBER.mp4` and `NUMBER.jsonl` of each finished part, and `ended.json` once there are no more frames.

    folder: is made. rate: of the video, in frames a second. every: a part begins with a judged frame.
    """

    def __init__(self, folder: Path, rate: float, every: int) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._frames_a_part = every * max(1, round(_PART_S * rate / every))

    @property
    def have_ended(self) -> bool:
        """Whether all parts of the video are there."""
        return (self._folder / "ended.json").exists()

    @property
    def next_frame(self) -> int:
        """The number of the first frame that no finished part has."""
        last = max((int(path.stem) for path in self._videos()), default=-1)
        return (last + 1) * self._frames_a_part

    def lines(self) -> Iterator[str]:
        """The lines of all judged frames so far."""
        for path in self._videos():
            yield from path.with_suffix(".jsonl").read_text().splitlines()[:-1]

    def frames(self) -> int:
        """How many frames the finished parts have."""
        ends = (path.with_suffix(".jsonl").read_text().splitlines()[-1] for path in self._videos())
        return sum(json.loads(end)["frames"] for end in ends)

    def lost(self) -> int:
        """How many pieces could not be decoded in full by the end of the finished parts."""
        ends = [path.with_suffix(".jsonl").read_text().splitlines()[-1] for path in self._videos()[-1:]]
        return sum(json.loads(end)["lost"] for end in ends)

    def bytes(self) -> int:
        """The size of all finished parts' videos."""
        return sum(path.stat().st_size for path in self._videos())

    def write(self, frames: Iterable[DrawnFrame], before: Callable[[], None], after: Callable[[int], None]) -> None:
        """Write further frames, part by part.

        before: called before each part. after: called with each frame's number, once it is written.
        """
        for number, part in groupby(frames, lambda drawn: drawn.frame.number // self._frames_a_part):
            before()
            self._write(number, part, after)

    def end(self, damage: str | None) -> None:
        """There are no more frames. damage: what of the video could not be decoded, in words."""
        replace_json(self._folder / "ended.json", {"damage": damage})

    def damage(self) -> str | None:
        """What was said at the end."""
        said: str | None = json.loads((self._folder / "ended.json").read_text())["damage"]
        return said

    def join(self, out: Path) -> None:
        """Join all parts' videos into one file, which is there only when it is whole."""
        joined = self._folder / "joined.mp4"
        join(self._videos(), joined, self.frames())
        _sync(joined)
        joined.rename(out)
        sync_folder(out.parent)

    def _write(self, number: int, frames: Iterator[DrawnFrame], after: Callable[[int], None]) -> None:
        new, lines, count, lost = self._folder / "new.mp4", [], 0, 0
        first = next(frames)
        height, width = first.pixels.shape[:2]
        with VideoWriter(new, width, height, is_part=True) as writer:
            for drawn in chain([first], frames):
                writer.write(drawn.pixels, drawn.frame.at_s)
                lines += [drawn.judged.line] if drawn.judged else []
                count, lost = count + 1, drawn.frame.lost
                after(drawn.frame.number)
        _sync(new)
        lines.append(json.dumps({"frames": count, "lost": lost}))
        finished = self._folder / f"{number:04}.mp4"
        replace_file(finished.with_suffix(".jsonl"), "\n".join(lines).encode())
        new.rename(finished)
        sync_folder(self._folder)

    def _videos(self) -> list[Path]:
        return sorted(self._folder.glob("[0-9]*.mp4"), key=lambda path: int(path.stem))


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
