"""A picture of a request -> its people: one way for every surface and command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pose
from helmet_service.http.problems import picture_errors, refusal
from helmet_service.observing.metrics import Metrics
from helmet_service.pictures.encoding import read_base64
from helmet_service.settings import Settings
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.case import Case
from helmet_service.work.admission import NetworkQueue
from helmet_service.work.box_units import check_boxes
from helmet_service.work.network import Network, network_server
from helmet_service.work.stages import Stages
from helmet_service.work.turns import Turns
from pose.estimation.hands import HandFinder
from pose.estimation.views import Views
from pose.estimation.views import look as look_at
from pose.hands import Hand
from pose.pictures.decoding import Picture, decode

# Decoding 40 megapixels, which can be a file of 5 kB, takes up to 630 MB for a moment. They hold 120 MB then: a picture
# of more than 4 megapixels keeps its turn, because all that wait for the network would hold so much.
_LARGE: Final = 12_000_000  # bytes
# A second look enlarges small heads: it needs this many times the rows of the network's input.
_SECOND_LOOK_ROWS: Final = 2


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A picture as a request sends it.

    source: a file's bytes, base64, or a picture that is decoded already, such as a video's frame. name: the request's
    key that holds it. boxes: the request's boxes in the picture, by key. looks: the request's `scales`, `tiles` and
    `looks`, each None or missing where the settings decide. lenient: skip characters that are not base64
    (`from_base64`). drawn: the answer shows every pixel. headwear, hands: see what people wear on their heads, and
    find their hands, because the answer needs it.
    """

    source: bytes | str | Picture
    name: str
    boxes: Mapping[str, Sequence[Box]] = field(default_factory=dict)
    looks: Mapping[str, Any] = field(default_factory=dict)
    lenient: bool = False
    drawn: bool = False
    headwear: bool = False
    hands: bool = False


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A decoded picture, its people, and warnings about the boxes that came with it (`check_boxes`).

    picture: with every pixel where it is `SentPicture.drawn`, else perhaps a smaller copy.
    """

    picture: Picture
    estimate: pose.Estimate
    warnings: Sequence[str] = ()

    @property
    def hands(self) -> tuple[Hand, ...]:
        """Those of the people, where `SentPicture.hands` asks for them."""
        return self.estimate.hands

    def case(self, hats: Sequence[Hat] | None, vests: Sequence[Box] | None = None) -> Case:
        """What the verdicts judge: its people with these hats and vests, in pixels of the upright picture."""
        people, scale = self.estimate.people, self.estimate.scale
        return Case(people, hats, self.picture.width, self.picture.height, scale, vests)


@dataclass(frozen=True, slots=True)
class SeenBoxes:
    """A decoded picture, the hand in each of the request's boxes, or None, and warnings about the boxes.

    people: those whose heads have to be blurred: of a drawn picture, with `BLUR_HEADS=1`.
    """

    picture: Picture
    people: Sequence[pose.Person]
    hands: Sequence[Hand | None]
    warnings: Sequence[str]


class Looker:
    """Decodes pictures and finds their people, a bounded number at once and with bounded memory.

    queue: before the network. metrics: counts people and looks.
    """

    def __init__(self, settings: Settings, network: Network, queue: NetworkQueue, metrics: Metrics) -> None:
        self._settings = settings
        self._usual = settings.views()
        self._network = network
        self._queue = queue
        self._metrics = metrics
        self._turns = Turns(1 + queue.slots)  # one is decoded while others are at the network

    def widen(self, slots: int) -> None:
        """Let so many pictures be at the network at once; a smaller number than before changes nothing."""
        self._turns.release(self._queue.widen(slots))

    def look(self, sent: SentPicture, stages: Stages, until: ExitStack) -> SeenPicture:
        """Decode a picture, check the boxes that came with it, and find its people.

        until: gives the turn of a picture that is large or drawn back when it is closed; its pixels are not used later.
        Raises Problem 413 or 422 for a wrong picture or wrong boxes, 503 for a full queue, 504 past the deadline.
        """
        views = self.views(sent.looks)
        picture = self._decode(sent, self._rows(views), stages, until)
        warnings = check_boxes(sent.boxes, picture.width, picture.height)
        estimate = self.find(picture, views, stages, headwear=sent.headwear, hands=sent.hands)
        if sent.drawn and picture.pixels.shape[:2] != (picture.height, picture.width):
            with stages.stage("decode"):  # in the turn that a drawn picture keeps
                picture = self._read(sent, rows=None)
        return SeenPicture(picture, estimate, warnings)

    def look_into_boxes(self, sent: SentPicture, finder: HandFinder, stages: Stages, until: ExitStack) -> SeenBoxes:
        """Decode a picture, check its boxes, of one key, and find the hands in them; until and errors: see `look`.

        People are looked for only where their heads are to be blurred.
        """
        picture = self._decode(sent, None, stages, until)
        warnings = check_boxes(sent.boxes, picture.width, picture.height)
        (boxes,) = sent.boxes.values()
        with self._queue.turn(stages), stages.stage("network"):
            hands = finder.in_boxes(picture.pixels, [(box.left, box.top, box.width, box.height) for box in boxes])
        blurs = sent.drawn and self._settings.blur_heads == "1"
        people = self.find(picture, self._usual, stages).people if blurs else ()
        return SeenBoxes(picture, people, hands, warnings)

    def views(self, asked: Mapping[str, Any]) -> Views:
        """The looks of a request (`SentPicture.looks`), by the settings where it leaves them open.

        Problem 413 when they take more runs of the network than `MAX_RUNS`.
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

    def find(
        self, picture: Picture, views: Views, stages: Stages, *, headwear: bool = False, hands: bool = False
    ) -> pose.Estimate:
        """Wait for the network, then find the people of a picture that was decoded for these looks.

        headwear, hands: see `SentPicture`.
        """
        with self._queue.turn(stages), stages.stage("estimator"), network_server():
            self._network.check(trusting=True)  # a network server may have stopped while this request waited
            size, between = (picture.width, picture.height), partial(stages.check, "estimator")
            look_here = partial(look_at, self._network.estimator, picture.pixels, views, size, between)
            estimate = look_here(headwear=headwear, hands=hands)
        stages.add(estimate.timings_ms)
        people, looks = len(estimate.people), estimate.looks
        self._metrics.looked(people, looks, confirmed=estimate.confirmed, dropped=estimate.dropped)
        return estimate

    def _decode(self, sent: SentPicture, rows: int | None, stages: Stages, until: ExitStack) -> Picture:
        """The picture, in its turn; rows: see `_read`."""
        with ExitStack() as turn, stages.stage("decode"), picture_errors(sent.name):
            turn.enter_context(stages.turn(self._turns, "decode"))
            self._queue.refuse_if_full()  # it may have filled up while this request's body was read
            picture = self._read(sent, rows)
            if sent.drawn or picture.pixels.nbytes > _LARGE:
                until.push(turn.pop_all())
        return picture

    def _read(self, sent: SentPicture, rows: int | None) -> Picture:
        """The picture, decoded to a smaller copy where that has these rows; None: every pixel."""
        if isinstance(sent.source, Picture):
            return sent.source
        most_pixels = self._settings.max_picture_mp * 1_000_000
        read = partial(decode, max_pixels=most_pixels, rows=rows)
        if isinstance(sent.source, str):
            return read_base64(sent.source, read, lenient=sent.lenient)
        return read(sent.source)

    def _rows(self, views: Views) -> int | None:
        """The rows of pixels that these looks need; None: all."""
        if views.several:
            return None
        looks_again = views.squares and self._network.estimator.model.second_look
        return (_SECOND_LOOK_ROWS if looks_again else 1) * self._settings.input_height
