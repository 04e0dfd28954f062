"""How a network's answer becomes people: a decoder for each kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pose.estimation.decode import Grouping, decode
from pose.estimation.head_peaks import find_heads
from pose.estimation.proposal_decoding import ProposalDecoder
from pose.fields import FieldSpec
from pose.layout import Layout, kind_of
from pose.proposals import ProposalSpec
from pose.skeleton import HeadPeak

Floats = NDArray[np.float32]


class Decoder(Protocol):
    """Finds people in answers (channels, rows, columns) float32; it has the thresholds for that."""

    @property
    def layout(self) -> Layout:
        """What the answer's channels mean."""
        ...

    @property
    def sees_heads(self) -> bool:
        """Whether the answer shows heads as a whole, with or without a body."""
        ...

    def people(self, answer: Floats) -> tuple[Floats, Floats]:
        """Keypoints (people, 18, 3) in input pixels and scores (people,) in [0, 1], in no particular order.

        An unseen keypoint is (0, 0, 0).
        """
        ...

    def heads(self, answer: Floats, least: float) -> tuple[HeadPeak, ...]:
        """The heads of at least this score, in input pixels, best first."""
        ...

    def to_json(self) -> dict[str, Any]:
        """The keys of `pose.json` that `read_decoder` reads."""
        ...


@dataclass(frozen=True, slots=True)
class FieldDecoder:
    """Groups keypoints along fields of limbs (`decode.py`) and finds heads in head fields (`head_peaks.py`)."""

    layout: FieldSpec
    grouping: Grouping

    @property
    def sees_heads(self) -> bool:
        """Whether the layout has head fields."""
        return self.layout.helmeted_heads is not None

    def people(self, answer: Floats) -> tuple[Floats, Floats]:
        """See `Decoder.people`."""
        return decode(answer, self.layout, self.grouping)

    def heads(self, answer: Floats, least: float) -> tuple[HeadPeak, ...]:
        """See `Decoder.heads`."""
        return find_heads(answer, self.layout, least)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> FieldDecoder:
        """From the keys `fields` and `grouping`; KeyError, ValueError or TypeError for anything else."""
        return cls(FieldSpec.from_json(values["fields"]), Grouping(**values["grouping"]))

    def to_json(self) -> dict[str, Any]:
        """See `Decoder.to_json`."""
        return {"fields": self.layout.to_json(), "grouping": asdict(self.grouping)}


_READ: Final[Mapping[str, Callable[[Mapping[str, Any]], Decoder]]] = {
    FieldSpec.kind: FieldDecoder.from_json,
    ProposalSpec.kind: ProposalDecoder.from_json,
}


def read_decoder(values: Mapping[str, Any]) -> Decoder:
    """The decoder that the content of a `pose.json` describes; KeyError, ValueError or TypeError for a wrong one."""
    return _READ[kind_of(values)](values)


def decoder_of(layout: Layout, thresholds: Decoder) -> Decoder:
    """A decoder of this layout with these thresholds; KeyError where they are for another kind of answer."""
    return _READ[layout.kind]({**thresholds.to_json(), layout.kind: layout.to_json()})
