import json
import subprocess
import sys

import pytest
from PIL import Image

from pose.__main__ import main


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
