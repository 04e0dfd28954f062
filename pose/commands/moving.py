"""`python -m pose predict` for videos, cameras and streams: people with the ids of their tracks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

import pose
from pose.commands.person_json import hands_json, person_json
from pose.estimation.views import Views, look
from pose.hands import Hand
from pose.openpose_json import frame_name, openpose_json, write_openpose_json
from pose.pictures.drawing import draw_hands, draw_heads, draw_skeletons
from pose.pictures.strokes import Pixels, draw_label, label_size
from pose.tracking import Tracked, Tracker
from pose.video.outputs import Outputs
from pose.video.reading import Frame
from pose.video.sources import file_stem, looked_at, name_of, open_moving, usual_every


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a prediction of a moving picture is to give.

    drawn: the file for the frames that were looked at, None: none. openpose: the folder for a file of each in
    OpenPose's JSON, None: none. show: them in a window. lines: a line of JSON for each. every: of how many frames one
    is looked at, None: about five a second. hands: people's hands, too.
    """

    drawn: Path | None
    openpose: Path | None
    show: bool
    lines: bool
    every: int | None
    hands: bool


def predict_moving(estimator: pose.Estimator, source: str, wanted: Wanted) -> str | None:
    """Find and follow the people of a moving picture; returns what of it could not be decoded, in words.

    Raises VideoError or OSError where there is none, KeyboardInterrupt once what it ended is written.
    """
    name, tracks = name_of(source), set[int]()
    with ExitStack() as until:
        moving = until.enter_context(open_moving(source, _tell))
        outputs = Outputs.open(wanted.drawn, show=wanted.show, name=name, facts=moving.facts, until=until)
        with outputs.until_interrupted():
            every = wanted.every or usual_every(moving.facts.rate)
            for frame, people, hands in _followed(estimator, moving.frames(), every, hands=wanted.hands):
                outputs.take(replace(frame, pixels=draw_hands(_drawn(frame.pixels, people), hands)))
                tracks |= {each.track for each in people}
                if wanted.lines:
                    line = _as_json(name, frame, people) | hands_json(hands, asked=wanted.hands)
                    tqdm.write(json.dumps(line), file=sys.stdout)
                    sys.stdout.flush()  # whoever reads a stream's lines reads them now
                if wanted.openpose is not None:
                    name_of_frame = frame_name(file_stem(source), frame.number)
                    content = _as_openpose(people, hands if wanted.hands else None)
                    write_openpose_json(wanted.openpose, name_of_frame, content)
                if not outputs.are_wanted:
                    break
    if not wanted.lines:
        print(f"{name}: {len(tracks)} people in {outputs.until_s:.1f} s")
    if outputs.interrupted:
        raise KeyboardInterrupt
    return moving.damage


def _followed(
    estimator: pose.Estimator, frames: Iterable[Frame], every: int, *, hands: bool
) -> Iterator[tuple[Frame, Sequence[Tracked], Sequence[Hand]]]:
    """The frames that are looked at, with their people and, if they are asked for, hands."""
    tracker = Tracker()
    for frame, is_due in looked_at(frames, every):
        if is_due:
            found = look(estimator, frame.pixels, Views(), hands=hands)
            yield frame, tracker.step(found.people, frame.at_s), found.hands


def _drawn(pixels: Pixels, tracked: Sequence[Tracked]) -> Pixels:
    people = [each.person for each in tracked]
    drawn = draw_heads(draw_skeletons(pixels, people), people)
    for each in tracked:
        text = f"#{each.track}"
        draw_label(drawn, text, None, _below(drawn, each.person, label_size(drawn, text, None)))
    return drawn


def _below(pixels: Pixels, person: pose.Person, size: tuple[int, int]) -> tuple[int, int]:
    """The top left pixel of a label below a person, within the picture: above the head there is the head's symbol."""
    (height, width), head, seen = pixels.shape[:2], person.head, person.keypoints[person.seen, :2]
    left, bottom = (seen[:, 0].min(), seen[:, 1].max()) if len(seen) else (width, 0)
    if head:
        left, bottom = min(left, head.x - head.size / 2), max(bottom, head.y + head.size / 2)
    return max(0, min(int(left), width - size[0])), max(0, min(int(bottom), height - size[1]))


def _as_json(name: str, frame: Frame, tracked: Sequence[Tracked]) -> dict[str, object]:
    people = [person_json(each.person) | {"track": each.track} for each in tracked]
    return {"video": name, "frame": frame.number, "at_s": round(frame.at_s, 3), "people": people}


def _as_openpose(tracked: Sequence[Tracked], hands: Sequence[Hand] | None) -> dict[str, object]:
    return openpose_json([each.person for each in tracked], hands, [each.track for each in tracked])


def _tell(message: str) -> None:
    tqdm.write(message, file=sys.stderr)
