import io
import json
import tarfile

import cv2
import numpy as np
import pytest

from pose.shards import read_shard

LABELS = {
    "width": 6,
    "height": 4,
    "people": [],
    "ignore": [[1, 2, 3, 4]],
    "heads": [{"box": [0, 0, 2, 2], "kind": "head"}, {"box": [2, 0, 2, 2], "kind": "helmet"}],
}


def write_shard(path, files):
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def picture():
    return cv2.imencode(".png", np.full((4, 6, 3), (10, 20, 30), np.uint8))[1].tobytes()


def test_pictures_come_with_their_labels(tmp_path):
    write_shard(tmp_path / "a.tar", {"one.png": picture(), "one.json": json.dumps(LABELS).encode()})
    (one,) = read_shard(tmp_path / "a.tar")
    assert one.name == "one"
    assert one.pixels.shape == (4, 6, 3)
    assert one.pixels[0, 0].tolist() == [10, 20, 30]
    assert one.heads.tolist() == [[0, 0, 2, 2], [2, 0, 2, 2]]
    assert one.helmeted.tolist() == [False, True]
    assert one.ignore.tolist() == [[1, 2, 3, 4]]


def test_a_picture_without_labels_and_one_that_is_none_are_named(tmp_path):
    write_shard(tmp_path / "a.tar", {"one.png": picture()})
    with pytest.raises(ValueError, match=r"expected one\.json beside one\.png, got none"):
        list(read_shard(tmp_path / "a.tar"))
    write_shard(tmp_path / "b.tar", {"one.png": b"x", "one.json": b"{}"})
    with pytest.raises(ValueError, match=r"expected a picture in one\.png, got 1 bytes"):
        list(read_shard(tmp_path / "b.tar"))
