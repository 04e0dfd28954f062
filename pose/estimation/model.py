"""A model's folder: the network's file and `pose.json`, which has everything needed to run and judge it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pose.data.lookalikes import lookalike
from pose.errors import PoseError
from pose.estimation.decoder import Decoder, FieldDecoder, decoder_of, read_decoder
from pose.estimation.joining import Joining
from pose.estimation.second_look import SecondLook
from pose.layout import Layout

DESCRIPTION: Final = "pose.json"
SHIPPED: Final = Path(__file__).resolve().parents[2] / "model"


class ModelError(PoseError):
    """A model's folder cannot be used: the message says what is wrong with which file."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A picture in the model's folder and what the network must find in it.

    people: at least so many. heads: x, y and size, in pixels, of the heads that float arithmetic found.
    """

    picture: Path
    people: int
    heads: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class HandsModel:
    """The network that finds the keypoints of hands in crops (`hands.py`); paths are absolute.

    int8: the same network quantised, as OpenVINO IR, where the folder has one. side: pixels of a crop's sides.
    least: the least probability that a hand is there of a hand that is answered.
    """

    network: Path
    int8: Path | None
    side: int
    least: float

    def to_json(self) -> dict[str, Any]:
        """`hands` of `pose.json`."""
        int8 = {"int8": self.int8.name} if self.int8 else {}
        return {"network": self.network.name, **int8, "side": self.side, "least": self.least}


@dataclass(frozen=True, slots=True)
class Model:
    """The content of `pose.json`; paths are absolute.

    decoder: how the network's answer becomes people.
    facts: information for people (data, recipe, scores, licence), passed on unchanged.
    int8: the same network quantised, as OpenVINO IR, where the folder has one.
    joining: how skeletons and peaks of the head fields become people; None: skeletons alone are people.
    second_look: who is looked at again, and how both looks join; None: nobody is.
    headwear: the classifier of what people wear on their heads (`headwear.py`); None: nobody looks.
    hands: the network that finds the keypoints of hands; None: nobody looks.
    files: sha256 of the folder's other files, by name.
    """

    name: str
    version: str
    network: Path
    sha256: str
    decoder: Decoder
    warm_up: WarmUp | None
    facts: dict[str, Any]
    int8: Path | None = None
    joining: Joining | None = None
    second_look: SecondLook | None = None
    headwear: Path | None = None
    hands: HandsModel | None = None
    files: dict[str, str] = field(default_factory=dict)

    @property
    def field_decoder(self) -> FieldDecoder:
        """The decoder, for what works on fields alone; ModelError where the network answers something else."""
        if isinstance(self.decoder, FieldDecoder):
            return self.decoder
        raise ModelError(f"{self.name} {self.version}: expected a network of fields, got {self.decoder.layout.kind}")

    def network_for(self, precision: str) -> Path:
        """The network's file for this precision; ModelError for `int8` where the folder has none."""
        if precision != "int8":
            return self.network
        if self.int8 is None:
            raise ModelError(f"{self.network.parent / DESCRIPTION}: expected an int8 network, got none")
        return self.int8


def read_model(description: Path) -> Model:
    """Read a `pose.json`, or the one in a folder; ModelError when it is missing or wrong."""
    path = description / DESCRIPTION if description.is_dir() else description
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Model(
            name=values["name"],
            version=values["version"],
            network=path.parent / values["network"],
            sha256=values["sha256"],
            decoder=read_decoder(values),
            warm_up=_warm_up(path.parent, values.get("warm_up")),
            facts=values.get("facts", {}),
            int8=path.parent / values["int8"] if values.get("int8") else None,
            joining=Joining(**values["joining"]) if values.get("joining") else None,
            second_look=SecondLook(**values["second_look"]) if values.get("second_look") else None,
            headwear=path.parent / values["headwear"] if values.get("headwear") else None,
            hands=_hands(path.parent, values.get("hands")),
            files=dict(values.get("files", {})),
        )
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    except KeyError as error:
        raise ModelError(f"{path}: expected a key {error}, got none") from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ModelError(f"{path}: {error}") from error


def _warm_up(folder: Path, values: dict[str, Any] | None) -> WarmUp | None:
    if values is None:
        return None
    heads = tuple((float(x), float(y), float(size)) for x, y, size in values.get("heads", ()))
    return WarmUp(folder / values["picture"], values["people"], heads)


def _hands(folder: Path, values: dict[str, Any] | None) -> HandsModel | None:
    if values is None:
        return None
    int8 = folder / values["int8"] if values.get("int8") else None
    return HandsModel(folder / values["network"], int8, values["side"], values["least"])


def thresholds_for(layout: Layout, model: Model) -> Model:
    """The model's thresholds for a network of this layout; those fitted to another kind of answer are left out.

    Raises ModelError where this layout needs thresholds that the model lacks.
    """
    try:
        decoder = decoder_of(layout, model.decoder)
    except KeyError as error:
        name = f"{model.name} {model.version}"
        raise ModelError(f"{name}: expected thresholds for {layout.kind}, got no {error}") from error
    if layout.kind == model.decoder.layout.kind:
        return replace(model, decoder=decoder)
    return replace(model, decoder=decoder, joining=None, second_look=None)


def verify(model: Model) -> None:
    """ModelError unless the network and every other file that `pose.json` names have the sha256 that it names."""
    verify_files(model.network.parent, {model.network.name: model.sha256} | model.files)


def verify_files(folder: Path, files: Mapping[str, str]) -> None:
    """ModelError unless these files, by name, are in the folder and have this sha256."""
    for name, expected in files.items():
        path = folder / name
        try:
            digest = file_sha256(path)
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise ModelError(f"{DESCRIPTION}: expected the name of a file, got {name!r}: {error}") from error
        if digest != expected:
            raise ModelError(f"{path}: expected sha256 {expected}, got {lookalike(path) or digest}")


def file_sha256(path: Path) -> str:
    """The file's SHA-256 as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
