import re
import shlex
from importlib import import_module

import cv2
import numpy as np
import pytest
import requests

from pose.__main__ import main
from pose.data.shards import read_shard
from pose.skeleton import LEFT_WRIST, NECK, NOSE, RIGHT_ANKLE
from pose.train.data.examples import DataConfig
from pose.train.data.sources import parse_source, read_source
from samples.demo import service
from tests.pose.train.made_up import smooth


@pytest.fixture
def checkout(root, tmp_path, monkeypatch):
    """A folder to work in that has what the page's commands take from the checkout."""
    for name in ("configs", "model"):
        (tmp_path / name).symlink_to(root / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def steps(root):
    """The commands of the section on one's own site, block by block, each block with the lines shown behind it."""
    page = (root / "docs" / "custom-data.md").read_text()
    section = page.split("\n## Your own site")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", section, re.DOTALL)
    return [(block.replace("\\\n", " ").splitlines(), shown.splitlines()) for block, shown in blocks]


def run(command):
    """Run what follows `python -m`."""
    module, *arguments = shlex.split(command.removeprefix("python -m "))
    name = module if "." in module else f"{module}.__main__"
    assert not import_module(name).main(arguments), command


def heads_of(picture):
    return [(pytest.approx(head.box, abs=0.01), head.kind) for head in picture.labels.heads]


def test_the_three_kinds_of_annotations_give_equal_labels(steps, checkout, capsys):
    (([make], _), (conversions, shown), *_) = steps
    run(make)
    capsys.readouterr()
    shards = []
    for number, command in enumerate(conversions):
        run(command.replace("site.tar", f"{number}.tar"))
        shards.append(list(read_shard(checkout / f"{number}.tar")))
    assert capsys.readouterr().out.replace("0.tar", "site.tar").splitlines()[: len(shown)] == shown
    portrait, far = shards[0]
    assert [head.kind for head in portrait.labels.heads] == ["helmet", "head"]
    assert [head.kind for head in far.labels.heads] == ["helmet"] * 3 + ["head"] * 2
    assert far.labels.heads_complete
    assert not far.labels.people_complete
    for others in shards[1:]:
        assert [heads_of(picture) for picture in others] == [
            [(head.box, head.kind) for head in picture.labels.heads] for picture in shards[0]
        ]


@pytest.mark.slow
def test_a_site_of_one_s_own_is_served(steps, checkout, capsys):
    steps[1] = (steps[1][0][:1], steps[1][1])  # its lines say the same of other annotations
    *on_shell, ([asking], [shown]) = steps
    for commands, lines in on_shell:
        for command in commands:
            if command.startswith("python"):
                run(command)
        printed = capsys.readouterr().out.splitlines()
        assert [line for line in lines if line not in printed and "loss" not in line] == []
    serving = on_shell[-1][0][-1]
    assert serving == "MODEL_DIR=my-model make serve"
    _, _, address, _, picture, _, request = shlex.split(asking)
    with (
        service(MODEL_DIR=str(checkout / "my-model"), WORKERS="1") as running,
        (checkout / picture.removeprefix("picture=@")).open("rb") as file,
    ):
        url = address.replace("localhost:24417", running.address)
        answer = requests.post(url, files={"picture": file}, data=dict([request.split("=", 1)]), timeout=60)
    assert shown in answer.text


def test_the_worked_example_works(root, tmp_path, monkeypatch, capsys):
    (snippet,) = re.findall(r"```python\n(.*?)```", (root / "docs" / "custom-data.md").read_text(), re.DOTALL)
    (tmp_path / "sports.py").write_text(snippet)
    monkeypatch.syspath_prepend(tmp_path)
    cv2.imwrite(str(tmp_path / "one.png"), smooth(90, 60))
    joints = [(20 + number, 80 - 5 * number) for number in range(12)] + [(30, 25), (30, 5)]
    joints[11] = ("", "")
    (tmp_path / "joints.csv").write_text(",".join(["one.png", *(str(value) for joint in joints for value in joint)]))
    source = f"sports:read={tmp_path}"

    (example,) = read_source(parse_source(source), DataConfig())
    assert example.people[0, RIGHT_ANKLE].tolist() == [20.5, 80.5, 1]
    assert example.people[0, NECK].tolist() == [30.5, 25.5, 1]
    assert not example.people[0, [NOSE, LEFT_WRIST]].any()
    left, top, width, height = example.ignore[0]
    assert left < 30 < left + width
    assert top <= 5 < top + height < 25 + 0.5
    np.testing.assert_array_equal(example.pixels, smooth(90, 60))

    assert main(["data", "check", source, "--draw", str(tmp_path / "sheets")]) == 0
    assert "1 labelled by people" in capsys.readouterr().out
    assert (tmp_path / "sheets" / "sheet-0.png").is_file()
