from __future__ import annotations

import errno

import pytest

from helmet_service.http.problems import overloaded, refusal
from helmet_service.video.trouble import in_words, may_pass
from pose.errors import NetworkServerError
from pose.estimation.model import ModelError
from pose.video.reading import VideoError

FAULT = "the service's own fault, which its log explains"
FILES = "files of the job: expected to be read and written, got: No space left on device"


@pytest.mark.parametrize(
    ("error", "passes", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/secret/path"), True, FILES),
        (ModelError("/secret/path: no such file"), True, f"{FAULT}: ModelError"),
        (NetworkServerError("http://secret: expected 200, got 502"), True, f"{FAULT}: NetworkServerError"),
        (overloaded("no_disk", "9 MB", "1 MB"), True, "service: expected 9 MB, got 1 MB"),
        (refusal(422, "hats", "some", "none"), False, "hats: expected some, got none"),
        (VideoError("video", "frames", "no\nframes"), False, "video: expected frames, got no frames"),
        (RuntimeError("of the inside"), False, f"{FAULT}: RuntimeError"),
    ],
)
def test_trouble_of_the_machine_may_pass_and_is_told_without_its_paths_and_addresses(error, passes, words):
    assert (may_pass(error), in_words(error)) == (passes, words)
