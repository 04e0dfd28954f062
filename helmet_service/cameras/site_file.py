"""`cameras.yaml` -> a site, or every mistake in it as a line of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from marshmallow import ValidationError

from helmet_service.cameras.addresses import device_number, kinds_of
from helmet_service.cameras.camera import Camera, CameraSource, Credentials, Detector, OutletConfig, Site
from helmet_service.cameras.named_secrets import SecretReader
from helmet_service.cameras.numbered_yaml import NumberedYaml, YamlError, read_yaml
from helmet_service.cameras.schedule import Schedule
from helmet_service.cameras.site_mistakes import SiteMistake, lines, of_schema, place
from helmet_service.cameras.site_schema import SiteSection
from helmet_service.cameras.small_files import SmallFileError, read_small
from helmet_service.settings import Settings
from pose.errors import PoseError, described
from pose.estimation.views import Views

_MOST_BYTES: Final = 1_000_000
_VIEWS: Final = ("scales", "tiles", "looks")


class SiteError(PoseError):
    """A file of cameras that cannot be used.

    lines: one for each mistake: the file, the line in it, the key, what was expected and what came. None repeats a
    secret.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(lines)
        super().__init__("\n".join(self.lines))


def load_site(path: Path, environ: Mapping[str, str], settings: Settings | None = None) -> Site:
    """Read and check the file; passwords come from the environment and from files.

    Paths in it are relative to its folder. settings: bound what cameras may ask of the network (`MAX_RUNS`); None: the
    usual ones. Raises SiteError with every mistake.
    """
    try:
        read = read_yaml(_text_of(path))
    except YamlError as error:
        raise SiteError([f"{path}:{error.line}: expected {error.expected}, got {error.got}"]) from None
    secrets = SecretReader(path.absolute().parent, environ)
    value = secrets.replaced(read.value)
    found = [*_repeated_keys(read), *secrets.mistakes, *_repeated_names(value)]
    loaded: dict[str, Any] = {}
    try:
        loaded = SiteSection().load(value)
        found += _too_many_runs(loaded["cameras"], settings or Settings())
    except ValidationError as error:
        found += of_schema(error.messages, value)
    if found:
        raise SiteError(lines(path, read, found)) from None
    warnings = (f"{place(path, read, where)}: {words}" for where, words in secrets.warnings)
    return _site(loaded, path.absolute().parent, tuple(warnings))


def _text_of(path: Path) -> str:
    try:
        content = read_small(path, _MOST_BYTES)
    except SmallFileError as error:
        raise SiteError([f"{path}: expected a file of cameras, got {error}"]) from None
    try:
        text = str(content, "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SiteError([f"{path}:{line}: expected UTF-8, got other bytes"]) from None
    if not text.strip():
        raise SiteError([f"{path}: expected `cameras:` and a list of them, got an empty file"])
    return text


def _repeated_keys(read: NumberedYaml) -> Iterator[SiteMistake]:
    for where, line in read.repeated:
        yield SiteMistake(where, "each key once", f"it again in line {line}")


def _repeated_names(value: object) -> Iterator[SiteMistake]:
    """Cameras of the same id, and outlets of the same name."""
    for key, name in (("cameras", "id"), ("outlets", "name")):
        items = value.get(key) if isinstance(value, dict) else None
        first: dict[object, int] = {}
        for index, item in enumerate(items if isinstance(items, list) else ()):
            given = item.get(name) if isinstance(item, dict) else None
            if isinstance(given, str) and first.setdefault(given, index) != index:
                expected = f"another {name} than that of {key}[{first[given]}]"
                yield SiteMistake((key, index, name), expected, described(given))


def _too_many_runs(cameras: Iterable[Mapping[str, Any]], settings: Settings) -> Iterator[SiteMistake]:
    usual, most = settings.views(), settings.max_runs
    for index, asked in enumerate(cameras):
        columns, rows = asked["tiles"] or usual.tiles
        cost = Views(tuple(asked["scales"] or usual.scales), (int(columns), int(rows))).cost
        if cost > most:
            key = "tiles" if asked["tiles"] else "scales"
            expected = f"scales and tiles that take at most {most} runs of the network (MAX_RUNS)"
            yield SiteMistake(("cameras", index, key), expected, f"{cost:g}")


def _site(loaded: Mapping[str, Any], folder: Path, warnings: tuple[str, ...]) -> Site:
    outlets = (OutletConfig(outlet.pop("name"), outlet.pop("kind"), outlet) for outlet in map(dict, loaded["outlets"]))
    cameras = (_camera(asked, folder) for asked in loaded["cameras"])
    return Site(tuple(cameras), loaded["alarms"], tuple(outlets), warnings)


def _camera(asked: Mapping[str, Any], folder: Path) -> Camera:
    hats = asked["hats"]
    return Camera(
        asked["id"],
        asked["name"] or asked["id"],
        _source(asked, folder),
        asked["rate"],
        Schedule(tuple(asked["schedule"])),
        {name: asked[name] for name in _VIEWS if asked[name] is not None},
        None if hats is None else Detector(hats["url"], _credentials(hats)),
    )


def _source(asked: Mapping[str, Any], folder: Path) -> CameraSource:
    kind = asked["kind"] or kinds_of(asked["source"])[0]
    address = {"push": "", "file": str(folder / asked["source"]), "device": device_number(asked["source"])}
    return CameraSource(kind, address.get(kind, asked["source"]), _credentials(asked))


def _credentials(asked: Mapping[str, Any]) -> Credentials | None:
    return None if asked["user"] is None else Credentials(asked["user"], asked["password"])
