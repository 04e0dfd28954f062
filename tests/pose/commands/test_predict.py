import json
import struct
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from pose.__main__ import main
from tests.pose.exif import orientation_stored_as


def test_help_names_the_commands(root):
    answer = subprocess.run(
        [sys.executable, "-m", "pose", "--help"], cwd=root, capture_output=True, text=True, check=True
    )
    assert "predict" in answer.stdout
    assert "export" in answer.stdout


def test_predict_prints_people_and_draws_them(root, tmp_path, capsys):
    picture = root / "model" / "warmup.jpg"
    assert main(["predict", str(picture), "--json", "--draw", str(tmp_path / "drawn.jpg")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["picture"] == str(picture)
    names = {point["name"] for point in answer["people"][0]["keypoints"]}
    assert "nose" in names
    with Image.open(picture) as before, Image.open(tmp_path / "drawn.jpg") as after:
        assert before.size == after.size


def test_predict_goes_on_past_a_file_that_is_no_picture(root, tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("no picture")
    status = main(["predict", str(tmp_path / "text.jpg"), str(root / "model" / "warmup.jpg"), "--draw", str(tmp_path)])
    out, err = capsys.readouterr()
    assert status == 1
    assert "warmup.jpg: 1 people" in out
    assert "text.jpg: expected a picture" in err
    assert (tmp_path / "warmup.jpg").is_file()


def test_predict_draws_no_picture_over_another(capsys):
    assert main(["predict", "a/one.jpg", "b/one.png", "--draw", "drawn"]) == 1
    assert "--draw: expected pictures of different names, got 2 of one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--model", "nowhere"], "nowhere: No such file or directory"),
        (["--height", "100"], "input height: expected a multiple of 32"),
        (["--runtime", "onnx", "--precision", "bf16"], "precision: onnx expected auto or f32, got bf16"),
    ],
)
def test_predict_says_what_is_wrong(root, capsys, arguments, complaint):
    assert main(["predict", str(root / "model" / "warmup.jpg"), *arguments]) == 1
    assert complaint in capsys.readouterr().err


def test_predict_reads_sixteen_bit_grey_and_goes_past_a_bomb(tmp_path, capsys):
    Image.fromarray(np.full((40, 60), 30000, np.uint16)).save(tmp_path / "grey.png")
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    assert main(["predict", str(tmp_path / "bomb.png"), str(tmp_path / "grey.png"), "--draw", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert "grey.png: 0 people" in out
    assert "bomb.png: expected a picture" in err
    with Image.open(tmp_path / "grey.jpg") as drawn:
        assert drawn.getpixel((5, 5)) == pytest.approx((117, 117, 117), abs=2)


@pytest.mark.parametrize(
    ("extension", "kind", "form"),
    [("jpg", 3, "H"), ("jpg", 4, "I"), ("jpg", 5, "II"), ("png", 4, "I"), ("webp", 5, "II"), ("avif", 4, "I")],
)
def test_predict_turns_pictures_as_the_service_does(tmp_path, extension, kind, form):
    value = struct.pack(">" + form, 6, *[1] * (len(form) - 1))
    lying, drawn = tmp_path / f"lying.{extension}", tmp_path / "drawn.png"
    Image.new("RGB", (60, 40)).save(lying, exif=orientation_stored_as(kind, ">", value))
    assert main(["predict", str(lying), "--draw", str(drawn)]) == 0
    with Image.open(drawn) as picture:
        assert picture.size == (40, 60)


def test_predict_goes_on_past_a_damaged_picture(root, tmp_path, capsys):
    data = (root / "samples" / "site_two.jpg").read_bytes()
    (tmp_path / "lost.jpg").write_bytes(data[:40_000] + data[41_460:])
    assert main(["predict", str(tmp_path / "lost.jpg"), str(root / "model" / "warmup.jpg")]) == 1
    out, err = capsys.readouterr()
    assert "warmup.jpg: 1 people" in out
    assert "lost.jpg: expected a picture, got a damaged JPEG" in err
