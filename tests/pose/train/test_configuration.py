from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from pose.train.configuration import (
    ConfigurationError,
    changes,
    configuration_from,
    plain,
    read_configuration,
    write_configuration,
)


@dataclass(frozen=True, slots=True)
class Crop:
    """What is cut out."""

    size: int = 256
    """Side of the square in pixels."""


@dataclass(frozen=True, slots=True)
class Data:
    """Where pictures come from."""

    folders: tuple[Path, ...] = ()
    """Folders with pictures."""
    weight: float = 1.0
    """How often they are drawn."""
    crop: Crop = field(default_factory=lambda: Crop(size=224))


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole run."""

    data: Data = field(default_factory=Data)
    kind: Literal["fast", "good"] = "fast"
    """How to train."""
    steps: int | None = None
    options: dict[str, int | str] = field(default_factory=dict)
    teacher: Crop | None = None
    crops: list[Crop] = field(default_factory=list)

    def __post_init__(self):
        if self.steps == 0:
            raise ValueError("steps: expected more than 0, got 0")


@pytest.fixture
def file(tmp_path):
    def write(text, name="a.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def read(*arguments):
    return read_configuration(Recipe, arguments, "python -m pose train")


def test_a_list_grows_by_an_item():
    assert read("--crops+={size: 4}", "--crops+={size: 5}").crops == [Crop(4), Crop(5)]


def test_without_arguments_the_defaults_hold():
    assert read() == Recipe()


def test_files_are_laid_over_each_other_and_the_command_line_over_them(file):
    first = file("data: {folders: [a, b], weight: 1e-3}\nsteps: 5\nkind: good\noptions: {depth: 3}")
    second = file("data: {weight: 2}\nsteps: null", "b.yaml")
    got = read("-c", first, "-c", second, "--data.crop.size", "64", "--options.depth=4")
    assert got == Recipe(
        data=Data(folders=(Path("a"), Path("b")), weight=2.0, crop=Crop(64)), kind="good", options={"depth": 4}
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stepz: 4", "stepz: unknown key; did you mean steps?"),
        ("data: {wieght: 4}", "data.wieght: unknown key; did you mean data.weight?"),
        ("data: {crop: {sise: 4}}", "data.crop.sise: unknown key; did you mean data.crop.size?"),
        ("teacher: {sizes: 4}", "teacher.sizes: unknown key; did you mean teacher.size?"),
        ("weight: 4", "weight: unknown key; did you mean data.weight?"),
        ("xyzzy: 4", "xyzzy: unknown key; expected one of data, kind, steps, options, teacher, crops"),
        ("steps: many", "steps: expected int | null, got 'many'"),
        ("steps: 1.5", "steps: expected int | null, got 1.5"),
        ("kind: bad", "kind: expected Literal['fast', 'good'], got 'bad'"),
        ("data: {weight: [1]}", "data.weight: expected float, got [1]"),
        ("data: {folders: {a: b}}", "data.folders: expected tuple[Path, ...], got {'a': 'b'}"),
        ("data: 4", "data: expected Data, got 4"),
        ("- a", "expected a mapping of keys to values, got list"),
        ("a: [", "expected YAML, got"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_file_key_expected_and_got(file, text, said):
    sound, wrong = file("steps: 4", "sound.yaml"), file(text)
    with pytest.raises(ConfigurationError) as error:
        read("-c", sound, "-c", wrong)
    assert str(error.value).startswith(f"{wrong}: {said}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--stepz", "4"], "--stepz: unknown option; did you mean --steps?"),
        (["--data.crop.siz=4"], "--data.crop.siz: unknown option; did you mean --data.crop.size?"),
        (["--step", "4"], "--step: unknown option; did you mean --steps?"),
        (["--weight", "4"], "--weight: unknown option; did you mean --data.weight?"),
        (["--xyzzy"], "--xyzzy: unknown option; see --help"),
    ],
)
def test_an_unknown_option_is_named_beside_the_nearest_one(arguments, said):
    with pytest.raises(ConfigurationError) as error:
        read(*arguments)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["xyzzy"], ["xyzzy"]),
        (["--steps", "many"], ["steps", "int", "many"]),
        (["--data.weight", "x"], ["data.weight", "float", "x"]),
        (["--crops", "[{size: 4}, {sise: 4}]"], ["crops", "Crop", "sise"]),
        (["--kind", "bad"], ["kind", "['fast', 'good']", "bad"]),
    ],
)
def test_a_wrong_value_on_the_command_line_is_named_with_key_expected_and_got(arguments, named):
    with pytest.raises(ConfigurationError, match=r"^command line: ") as error:
        read(*arguments)
    assert all(part in str(error.value) for part in named)


def test_what_a_dataclass_refuses_itself_comes_through():
    with pytest.raises(ValueError, match="steps: expected more than 0, got 0"):
        read("--steps", "0")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OSError, match=r"none\.yaml"):
        read("-c", str(tmp_path / "none.yaml"))


def test_what_was_written_reads_back(tmp_path):
    recipe = Recipe(Data((Path("a"),), 1e-5, Crop(3)), "good", 4, {"a": 1, "b": "x"}, Crop(5))
    write_configuration(plain(recipe), tmp_path / "c.yaml")
    assert read("-c", str(tmp_path / "c.yaml")) == recipe
    assert configuration_from(Recipe, plain(recipe), "state") == recipe


def test_what_changed_between_two_configurations_is_told_by_key():
    old = plain(Recipe(options={"depth": 3}, crops=[Crop(3)]))
    assert changes(old, old) == []
    new = plain(Recipe(steps=4, data=Data(weight=2.0), crops=[Crop(4)]))
    assert changes({**old, "gone": None}, new) == [
        "data.weight: 1.0 -> 2.0",
        "steps: null -> 4",
        "options.depth: 3 -> nothing",
        'crops: [{"size": 3}] -> [{"size": 4}]',
        "gone: null -> nothing",
        "options: nothing -> {}",
    ]


def test_values_of_another_kind_are_refused_with_their_source():
    with pytest.raises(ConfigurationError, match=r"^file\.pt: kynd: unknown key; did you mean kind\?"):
        configuration_from(Recipe, {"kynd": "good"}, "file.pt")


def test_help_has_every_value_with_its_default_and_meaning(capsys):
    with pytest.raises(SystemExit) as ended:
        read("--help")
    said = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert "--data.weight WEIGHT How often they are drawn. (type: float, default: 1.0)" in said
    assert "--data.crop.size SIZE Side of the square in pixels. (type: int, default: 224)" in said
    assert "--kind {fast,good} How to train." in said
