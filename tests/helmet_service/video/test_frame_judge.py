from __future__ import annotations

import json

import cv2
import pytest

from helmet_service.settings import Settings
from helmet_service.verdicts.rules import Rules
from helmet_service.verdicts.watching import timeline
from helmet_service.video.frame_hats import FrameHats
from helmet_service.video.frame_judge import FrameLooker, LineJudge
from helmet_service.work.service import Service
from pose.video.reading import Frame
from tests.helmet_service.video.consumers import REQUEST

HAT = {"left": 0, "top": 0, "width": 40, "height": 30}


@pytest.fixture(scope="module")
def site(root):
    return cv2.resize(cv2.imread(str(root / "samples" / "site_two.jpg")), (640, 360), interpolation=cv2.INTER_AREA)


@pytest.fixture
def look(estimator, tmp_path, site):
    """Looks at two frames of which the first has hats."""

    def looking(**asked):
        (tmp_path / "hats.jsonl").write_text(json.dumps({"frame": 0, "hats": [HAT]}))
        service = Service(Settings(), estimator)
        looker = FrameLooker(service, REQUEST | asked, FrameHats(tmp_path / "hats.jsonl"))
        return [looker.look(Frame(number, float(number), site)) for number in (0, 1)]

    return looking


@pytest.mark.parametrize(
    ("asked", "decides"),
    [
        (None, ["hats", "model"]),
        ("hats", ["hats", "model"]),
        ("both", ["both", "model"]),
        ("model", ["model", "model"]),
    ],
)
def test_a_frame_without_hats_is_judged_by_what_the_model_sees(look, asked, decides):
    lines = [json.loads(line) for line in look(trust=asked)]
    assert [line["trust"] for line in lines] == decides
    assert [line["hats"] and len(line["hats"]) for line in lines] == [1, None]
    assert all(line["people"] for line in lines)


def test_lines_that_are_read_again_give_the_same_tracks_and_verdicts(look):
    lines = [line for line in look() for _ in range(2)]
    lines = [json.dumps(json.loads(line) | {"frame": at, "at_s": at / 2}) for at, line in enumerate(lines)]
    first, again = LineJudge(Rules(), REQUEST), LineJudge(Rules(), REQUEST)
    told = [timeline(judge.judge(line).watched for line in lines) for judge in (first, again)]
    assert told[0] == told[1]
    assert len(told[0]) == len(json.loads(lines[0])["people"])
