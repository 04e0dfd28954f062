"""A picture that came -> what is seen in it: one way for every surface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pose
from helmet_service.http.problems import picture_field, refusal
from helmet_service.observing.metrics import Metrics
from helmet_service.pictures.encoding import read_base64
from helmet_service.settings import Settings
from helmet_service.verdicts.boxes import Box
from helmet_service.work.admission import NetworkQueue
from helmet_service.work.box_units import refuse_shares
from helmet_service.work.loading import Network, network_server
from helmet_service.work.stages import Stages
from helmet_service.work.turns import Turns
from pose.estimation.views import Views
from pose.estimation.views import look as look_at
from pose.pictures.decoding import Picture, decode

_PIXEL_WORK_AT_ONCE: Final = 2  # a picture of 40 megapixels, which can be a file of 5 kB, takes 470 MB for a moment
# Times the input's height: rows of pixels in which a second look sees heads of half its input's size enlarged.
_ENLARGED: Final = 2


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture as a request brings it.

    source: a file's bytes, or base64. name: the request's key that holds it. boxes: those of the request that lie in
    the picture, by key. looks: `scales`, `tiles` and `looks` of the request, each None where it names none. lenient:
    skip what is not base64 (`from_base64`). drawn: decode all its pixels, not only as many as the looks need.
    """

    source: bytes | str
    name: str
    boxes: Mapping[str, Sequence[Box]] = field(default_factory=dict)
    looks: Mapping[str, Any] = field(default_factory=dict)
    lenient: bool = False
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture, and who was found in it."""

    picture: Picture
    estimate: pose.Estimate


class Looker:
    """Looks at pictures when few others do.

    queue: before the network. metrics: where people and looks are counted.
    """

    def __init__(self, settings: Settings, network: Network, queue: NetworkQueue, metrics: Metrics) -> None:
        self._settings = settings
        self._usual = settings.views()
        self._network = network
        self._queue = queue
        self._metrics = metrics
        self._pixel_work = Turns(_PIXEL_WORK_AT_ONCE)

    def look(self, sent: Sent, stages: Stages) -> Looked:
        """Decode a picture, check the boxes that came with it, and find its people.

        Raises Problem 413 or 422 for what cannot be used, 503 when others wait already, 504 past the deadline.
        """
        views = self.views(sent.looks)
        picture = self.decode(sent, views, stages)
        for name, boxes in sent.boxes.items():
            refuse_shares(name, boxes, picture.width, picture.height)
        return Looked(picture, self.find(picture, views, stages))

    def views(self, asked: Mapping[str, Any]) -> Views:
        """The looks that a request names (`Sent.looks`), or the settings where it names none.

        Problem 413 for too many.
        """
        scales, tiles, looks = (asked.get(name) for name in ("scales", "tiles", "looks"))
        views = Views(
            tuple(scales or self._usual.scales),
            (int(tiles[0]), int(tiles[1])) if tiles else self._usual.tiles,
            self._usual.squares if looks is None else self._settings.squares() if looks == "auto" else 0,
        )
        if views.cost > self._settings.max_runs:
            expected = f"scales and tiles that take at most {self._settings.max_runs} runs of the network"
            raise refusal(413, "tiles" if tiles else "scales", expected, f"{views.cost:g}")
        return views

    def decode(self, sent: Sent, views: Views, stages: Stages) -> Picture:
        """The pixels that these looks need."""
        with self._pixels(stages, "decode"), picture_field(sent.name):
            self._queue.refuse_if_full()  # others were let in while this one's body was read
            most_pixels = self._settings.max_picture_mp * 1_000_000
            read = partial(decode, max_pixels=most_pixels, rows=None if sent.drawn else self._rows(views))
            if isinstance(sent.source, str):
                return read_base64(sent.source, read, lenient=sent.lenient)
            return read(sent.source)

    def find(self, picture: Picture, views: Views, stages: Stages) -> pose.Estimate:
        """The people of a picture that was decoded for these looks, when the network is free."""
        with self._queue.turn(stages), stages.stage("estimator"), network_server():
            self._network.check(trusting=True)  # a network server may have gone while others waited for it
            size, between = (picture.width, picture.height), partial(stages.check, "estimator")
            estimate = look_at(self._network.estimator, picture.pixels, views, size, between)
        stages.add(estimate.timings_ms)
        self._metrics.found(len(estimate.people))
        self._metrics.looked(estimate.looks, confirmed=estimate.confirmed, dropped=estimate.dropped)
        return estimate

    def drawing(self, stages: Stages) -> AbstractContextManager[None]:
        """Draw when few others decode or draw; Problem 504 when the deadline passes."""
        return self._pixels(stages, "drawing")

    def _rows(self, views: Views) -> int | None:
        """How many rows of pixels these looks need; None: all."""
        if views.several:
            return None
        looks_again = views.squares and self._network.estimator.model.second_look
        return (_ENLARGED if looks_again else 1) * self._settings.input_height

    @contextmanager
    def _pixels(self, stages: Stages, name: str) -> Iterator[None]:
        with stages.stage(name), stages.turn(self._pixel_work, name):
            yield
