"""Interlaced frames -> whole ones, by FFmpeg's yadif."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

import av
from av.filter import Graph
from av.video.frame import VideoFrame

_TIME_BASE: Final = Fraction(1, 1_000_000)  # yadif needs one; nobody reads its times


class Stamped(NamedTuple):
    """A decoded frame, with its number and its time as `pose.video.reading.Frame` has them."""

    number: int
    at_s: float
    frame: VideoFrame


def deinterlaced(frames: Iterator[Stamped]) -> Iterator[Stamped]:
    """The same frames; the lines of the second field are made anew where a frame says that it is interlaced.

    yadif looks at the frames before and after, so each comes one later than it went in.
    """
    graph, form, within = Graph(), None, deque[Stamped]()
    for stamped in frames:
        frame = stamped.frame
        if form != (frame.width, frame.height, frame.format.name):
            yield from _drained(graph, within)
            graph, form = _graph(frame), (frame.width, frame.height, frame.format.name)
        within.append(stamped)
        graph.vpush(frame)
        yield from _pulled(graph, within)
    yield from _drained(graph, within)


def _graph(frame: VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or _TIME_BASE
    )
    graph.link_nodes(source, graph.add("yadif", "deint=interlaced"), graph.add("buffersink")).configure()
    return graph


def _drained(graph: Graph, within: deque[Stamped]) -> Iterator[Stamped]:
    if within:
        graph.vpush(None)
        yield from _pulled(graph, within)


def _pulled(graph: Graph, within: deque[Stamped]) -> Iterator[Stamped]:
    """What comes out of the graph: a frame for each that went in, in the same order."""
    while within:
        try:
            frame = graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
        yield within.popleft()._replace(frame=frame)
