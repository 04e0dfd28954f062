"""Videos, cameras and streams in; lines, drawings, a window, and who was seen in words out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import Final, TextIO

from tqdm import tqdm

from helmet_service.check.checker import settings_for
from helmet_service.check.drawings import Drawings
from helmet_service.check.frames import FrameJudge
from helmet_service.check.order import Order
from helmet_service.check.tracks import in_words
from helmet_service.http.problems import Problem
from helmet_service.settings import Settings
from helmet_service.verdicts.watching import Watched, timeline
from helmet_service.video.ahead import ahead
from helmet_service.video.drawing_frames import DrawnFrame, draw_frames, judge_frames
from helmet_service.work.network import load_warm
from helmet_service.work.service import Service
from helmet_service.work.showing import showable
from pose.video.outputs import Outputs
from pose.video.reading import VideoError
from pose.video.sources import Moving, is_live, name_of, open_moving, usual_every

_AHEAD: Final = 4  # frames that are decoded, and as many that are judged, before the next step takes them


def check_moving(settings: Settings, order: Order, sources: Sequence[str], drawings: Drawings | None) -> int:
    """Judge one moving picture after the other; returns 1 when one could not be checked to its end, else 0.

    Raises PoseError for a model that cannot be loaded, KeyboardInterrupt after the summary of what it ended.
    """
    settings = replace(settings_for(settings, 1), inference_threads=order.cores_to_use)
    service, failed = Service(settings, load_warm(settings)), False
    for source in sources:
        try:
            trouble = _check(service, order, drawings, source)
        except Problem as problem:
            trouble = problem.in_words
        except (VideoError, OSError) as error:
            trouble = str(error)
        if trouble:
            failed = True
            _tell_trouble(order, source, trouble)
    return int(failed)


def _check(service: Service, order: Order, drawings: Drawings | None, source: str) -> str | None:
    """Returns what of it could not be decoded, in words."""
    name, drawn = name_of(source), drawings.video(source) if drawings else None
    with ExitStack() as until:
        moving = until.enter_context(open_moving(source, _tell))
        outputs = Outputs.open(drawn, show=order.show, name=name, facts=moving.facts, until=until)
        lines = until.enter_context(order.lines()) if order.json_lines or order.out else None
        tracks = timeline(_watched(_frames(service, order, moving, source, until), outputs, lines))
    print(f"{name}: {outputs.frames} frames in {outputs.until_s:.1f} s; {in_words(tracks)}", file=sys.stderr)
    if outputs.interrupted:
        raise KeyboardInterrupt
    return moving.damage


def _watched(frames: Iterable[DrawnFrame], outputs: Outputs, lines: TextIO | None) -> Iterator[Watched]:
    """Give each frame to the outputs, and pass on what was judged."""
    with outputs.until_interrupted():
        for drawn in frames:
            outputs.take(replace(drawn.frame, pixels=drawn.pixels))
            if drawn.judged and lines:
                print(drawn.judged.line, file=lines, flush=True)  # whoever reads a stream's lines reads them now
            if drawn.judged:
                yield drawn.judged.watched
            if not outputs.are_wanted:
                return


def _frames(service: Service, order: Order, moving: Moving, source: str, until: ExitStack) -> Iterator[DrawnFrame]:
    """The frames, drawn where that is asked for.

    Of a file all, decoded and judged ahead. Of a live source the judged ones: others would wait for the next of these.
    """
    judge = FrameJudge(service, name_of(source)).judge
    frames, every = moving.frames(), order.every or usual_every(moving.facts.rate)
    if is_live(source):
        judged = (pair for pair in judge_frames(frames, judge, every) if pair[1])
    else:
        decoded = until.enter_context(closing(ahead(frames, _AHEAD)))
        judged = until.enter_context(closing(ahead(judge_frames(decoded, judge, every), _AHEAD)))
    if order.draw or order.show:
        return draw_frames(judged, partial(showable, service))
    return (DrawnFrame(frame, frame.pixels, of_frame) for frame, of_frame in judged)


def _tell(message: str) -> None:
    tqdm.write(message, file=sys.stderr)


def _tell_trouble(order: Order, source: str, trouble: str) -> None:
    """On stderr, and as a line where lines are written."""
    _tell(f"{name_of(source)} could not be checked to its end: {trouble}")
    if order.json_lines or order.out:
        with order.lines() as lines:
            lines.write(json.dumps({"id": name_of(source), "error": trouble}) + "\n")
