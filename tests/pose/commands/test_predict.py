import io
import json
import math
import os
import shutil
import struct
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from pose.__main__ import main
from pose.skeleton import NOSE
from pose.video.reading import open_video
from tests.pose.blue_hands import blue_hands
from tests.pose.openpose_readers import by_pose2sim, by_pose_format
from tests.pose.pictures.exif import orientation_stored_as
from tests.pose.spoilt_models import spoilt_model
from tests.pose.video.videos import write


def test_help_names_the_commands(root):
    answer = subprocess.run(
        [sys.executable, "-m", "pose", "--help"], cwd=root, capture_output=True, text=True, check=True
    )
    assert "predict" in answer.stdout
    assert "export" in answer.stdout


def test_predict_prints_people_and_draws_them(root, tmp_path, capsys):
    picture = root / "model" / "warmup.jpg"
    wanted = ["--json", "--draw", str(tmp_path / "drawn.jpg"), "--write-json", str(tmp_path / "openpose")]
    assert main(["predict", str(picture), *wanted]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["picture"] == str(picture)
    names = {point["name"] for point in answer["people"][0]["keypoints"]}
    assert "nose" in names
    assert 0 < answer["people"][0]["headwear"]["bare"] < 1
    with Image.open(picture) as before, Image.open(tmp_path / "drawn.jpg") as after:
        assert before.size == after.size
    content = json.loads((tmp_path / "openpose" / "warmup_keypoints.json").read_text())
    nose = next(point for point in answer["people"][0]["keypoints"] if point["name"] == "nose")
    assert by_pose2sim(content, 0, NOSE) == (nose["x"], nose["y"], nose["score"])


def encoded(kind):
    buffer = io.BytesIO()
    Image.effect_noise((64, 48), 90).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def without_a_chunk(png):
    """A PNG whose first data chunk's name is none."""
    return png.replace(b"IDAT", b"I\xff\0T", 1)


BROKEN = {
    b"chunk.png": without_a_chunk(encoded("PNG")),
    b"cut-png.png": encoded("PNG")[:900],
    b"cut-jpg.jpg": encoded("JPEG")[:900],
    b"cut-webp.webp": encoded("WEBP")[:300],
    b"cut-avif.avif": encoded("AVIF")[:300],
    b"header-avif.avif": encoded("AVIF").replace(b"av01", b"\0\0\0\0"),
    b"cut-tif.tif": encoded("TIFF")[:900],
    b"cut-gif.gif": encoded("GIF")[:300],
    b"empty.jpg": b"",
    b"page.jpg": b"<html>",
    b"broken-\xfc.jpg": b"no picture",
}


def test_every_broken_file_is_one_line_and_the_others_are_looked_at(root, tmp_path, capsys):
    whole = os.fsdecode(os.fsencode(tmp_path) + b"/S\xfcd.jpg")
    shutil.copy(root / "model" / "warmup.jpg", whole)
    (tmp_path / "folder.jpg").mkdir()
    for name, content in BROKEN.items():
        (tmp_path / os.fsdecode(name)).write_bytes(content)
    broken = [str(tmp_path / os.fsdecode(name)) for name in (*BROKEN, b"folder.jpg", b"missing.jpg")]
    assert main(["predict", *broken, whole, "--draw", str(tmp_path / "drawn")]) == 1
    out, err = capsys.readouterr()
    assert out == f"{tmp_path}/S\\udcfcd.jpg: 1 people\n"
    lines = err.splitlines()
    assert len(lines) == len(broken)
    for path, line in zip(broken, lines, strict=True):
        assert line.startswith(f"{path}: expected a picture, got: ".encode(errors="backslashreplace").decode())
    assert [path.name for path in (tmp_path / "drawn").iterdir()] == [os.fsdecode(b"S\xfcd.jpg")]


def test_pictures_of_odd_sizes_show_nobody(tmp_path, capsys):
    paths = [tmp_path / f"odd-{width}.png" for width in (1, 2, 4000)]
    for path, size in zip(paths, [(1, 1), (2, 4000), (4000, 1)], strict=True):
        Image.new("RGB", size).save(path)
    assert main(["predict", *map(str, paths)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{path}: 0 people" for path in paths]


def test_a_network_that_fails_its_warm_up_is_refused_or_gives_way_to_float(root, tmp_path, capsys, caplog):
    complaint = "expected finite fields, got NaN or infinity"
    model = str(spoilt_model(root, tmp_path, math.nan))
    picture = str(root / "model" / "warmup.jpg")
    assert main(["predict", picture, "--model", model, "--precision", "int8"]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"error: warmup.jpg: {complaint}\n")
    assert main(["predict", picture, "--model", model]) == 0
    assert "warmup.jpg: 1 people" in capsys.readouterr().out
    assert f"int8 is not used, f32 is slower: warmup.jpg: {complaint}" in caplog.text


def test_predict_says_what_came_instead_of_a_picture(root, tmp_path, capsys):
    whole = (root / "samples" / "site_two.jpg").read_bytes()
    came = {
        whole[:40_000] + whole[41_460:]: "a damaged JPEG",
        b"": "an empty file",
        b"<html>": "an HTML page, as a web server sends it instead of a file",
        b"no picture": "10 bytes of no known picture format",
    }
    paths = [tmp_path / f"{number}.jpg" for number in range(len(came))]
    for path, content in zip(paths, came, strict=True):
        path.write_bytes(content)
    assert main(["predict", *map(str, paths)]) == 1
    lines = [f"{path}: expected a picture, got: {got}" for path, got in zip(paths, came.values(), strict=True)]
    assert capsys.readouterr().err.splitlines() == lines


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["a/one.jpg", "b/one.png", "--draw", "drawn"], "expected pictures of different names, got 2 of one"),
        (["a/one.jpg", "b/one.png", "--write-json", "out"], "expected pictures of different names, got 2 of one"),
        (["a/gate.mp4", "b.jpg", "--draw", "a"], "expected a place that holds no source, got a/gate.mp4"),
        (["a/one.jpg", "--draw", "./a/one.jpg"], "expected a place that holds no source, got a/one.jpg"),
    ],
)
def test_predict_writes_over_no_source_and_nothing_twice(capsys, arguments, complaint):
    assert main(["predict", *arguments]) == 1
    assert f"{arguments[-2]}: {complaint}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--model", "nowhere"], "nowhere: No such file or directory"),
        (
            ["--model", "nowhere", "--draw", "x.qqq"],
            "error: --draw: expected a folder or a picture's name such as drawn.png, got x.qqq\n",
        ),
        (["--draw", "x.\udcfc"], "--draw: expected a folder or a picture's name such as drawn.png, got x."),
        (["--height", "100"], "input height: expected a multiple of 32"),
        (["--runtime", "onnx", "--precision", "bf16"], "precision: onnx expected auto or f32, got bf16"),
    ],
)
def test_predict_says_what_is_wrong(root, capsys, arguments, complaint):
    assert main(["predict", str(root / "model" / "warmup.jpg"), *arguments]) == 1
    assert complaint in capsys.readouterr().err


def test_predict_reads_sixteen_bit_grey_and_goes_past_a_bomb(tmp_path, capsys):
    Image.fromarray(np.full((40, 60), 30000, np.uint16)).save(tmp_path / "grey.png")
    Image.new("1", (13_400, 13_400)).save(tmp_path / "bomb.png")
    assert main(["predict", str(tmp_path / "bomb.png"), str(tmp_path / "grey.png"), "--draw", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert "grey.png: 0 people" in out
    assert "bomb.png: expected a picture" in err
    with Image.open(tmp_path / "grey.jpg") as drawn:
        assert drawn.getpixel((5, 5)) == pytest.approx((117, 117, 117), abs=2)


def test_predict_turns_pictures_as_the_service_does(tmp_path):
    turned = {"jpg": (3, "H"), "avif": (4, "I")}  # a format of the service, and another
    for extension, (kind, form) in turned.items():
        value = struct.pack(">" + form, 6, *[1] * (len(form) - 1))
        lying = tmp_path / f"{extension}.{extension}"
        Image.new("RGB", (60, 40)).save(lying, exif=orientation_stored_as(kind, ">", value))
    drawn = tmp_path / "drawn"
    assert main(["predict", *(str(tmp_path / f"{name}.{name}") for name in turned), "--draw", str(drawn)]) == 0
    for name in turned:
        with Image.open(drawn / f"{name}.jpg") as picture:
            assert picture.size == (40, 60)


def model_with_hands(root, folder):
    """A copy of the model's folder that finds a hand wherever something is blue."""
    model = shutil.copytree(root / "model", folder / "model")
    hands = blue_hands(model)
    description = json.loads((model / "pose.json").read_text())
    description["hands"] = {"network": hands.network.name, "side": hands.side, "least": hands.least}
    (model / "pose.json").write_text(json.dumps(description))
    return model


def test_predict_says_that_a_model_finds_no_hands(root, tmp_path, capsys):
    description = json.loads((root / "model" / "pose.json").read_text())
    (tmp_path / "pose.json").write_text(json.dumps(description | {"hands": None}))
    assert main(["predict", "gate.jpg", "--hands", "--model", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"error: --hands: expected a model that finds hands, got {tmp_path}\n"


def test_predict_follows_people_through_a_video_and_finds_their_hands(root, tmp_path, capsys):
    scene = cv2.resize(cv2.imread(str(root / "samples" / "site_two.jpg")), (640, 426))
    cv2.circle(scene, (248, 338), 10, (255, 0, 0), cv2.FILLED)  # the left hand of the first
    cv2.imwrite(str(tmp_path / "scene.png"), scene)
    video = write(tmp_path / "gate.mp4", [scene] * 6)
    (tmp_path / "broken.mkv").write_bytes(b"no video")
    sources = [str(tmp_path / "scene.png"), str(video), str(tmp_path / "broken.mkv")]
    outputs = ["--json-lines", "--draw", str(tmp_path / "drawn"), "--write-json", str(tmp_path / "json")]
    model = model_with_hands(root, tmp_path)
    assert main(["predict", *sources, *outputs, "--every", "3", "--hands", "--model", str(model)]) == 1
    out, err = capsys.readouterr()
    picture, first, second = map(json.loads, out.splitlines())
    assert (second["video"], second["frame"], second["at_s"]) == ("gate.mp4", 3, 0.3)
    assert [person["track"] for person in second["people"]] == [person["track"] for person in first["people"]] == [0, 1]
    for line in (picture, first, second):
        (hand,) = line["hands"]
        assert (hand["person"], hand["side"]) == (0, "left")
        assert (hand["keypoints"][9]["x"], hand["keypoints"][9]["y"]) == pytest.approx((248, 338), abs=8)
    assert err.startswith("broken.mkv: expected a whole video, got: video: expected an MP4")
    with open_video(tmp_path / "drawn" / "gate.mp4", 1_000_000) as drawn:
        assert drawn.facts.frames == 2
    (tmp_path / "json" / "scene_keypoints.json").unlink()
    frames = by_pose_format(tmp_path / "json")
    assert {frame: len(people) for frame, people in frames.items()} == {0: 2, 3: 2}
    assert frames[3][0]["hand_left_keypoints_2d"][9, :2] == pytest.approx((248, 338), abs=8)
    assert not frames[3][0]["hand_right_keypoints_2d"].any()
    last = json.loads((tmp_path / "json" / "gate_000000000003_keypoints.json").read_text())
    assert [person["person_id"] for person in last["people"]] == [[0], [1]]
