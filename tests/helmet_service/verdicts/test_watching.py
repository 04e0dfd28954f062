from __future__ import annotations

import pytest

from helmet_service.verdicts.watching import timeline
from tests.helmet_service.verdicts.moving import RATES, noisy, watch

WORN = [(0, "helmet"), (12.3, "no_helmet"), (21.7, "helmet"), (30.6, "no_helmet")]


def spans(watched):
    (only,) = timeline(watched)
    return [(span.status, span.from_s, span.to_s) for span in only.spans]


@pytest.mark.parametrize("rate", RATES)
def test_spans_are_those_that_people_wore_whatever_the_frame_rate(rate):
    found = spans(watch(list(noisy(WORN, rate, 40, 0, wrong=0))))
    assert [status for status, *_ in found] == [status for _, status in WORN]
    for (_, start, _), (truth, _) in zip(found, WORN, strict=True):
        assert truth <= start <= truth + 1
