"""One format for all data: the pixels of all pictures in a memory-mapped file that processes share, and their labels.

A cache is a folder of `pixels.u8` (BGR pictures, row by row, one after the other), `labels.npz` (the examples' labels,
each kind concatenated to one array) and `about.json` (what the cache was made from).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pose.errors import PoseError
from pose.train.data.examples import DataConfig, Example, shrunk
from pose.train.data.labels import Labels
from pose.train.data.sources import parse_source, read_source, source_files

PIXELS: Final = "pixels.u8"
LABELS: Final = "labels.npz"
ABOUT: Final = "about.json"
FORMAT: Final = 1

_RAGGED: Final = ("people", "ignore", "heads", "helmeted")
_NO_PIXELS: Final = np.zeros((0, 0, 3), np.uint8)
_FLAGS: Final = ("heads_complete", "people_complete", "human")


class Cache:
    """Examples on disk; processes share the pixels through the memory map."""

    def __init__(self, folder: Path) -> None:
        """Raise PoseError when `folder` holds no cache of this format."""
        self.folder = folder
        try:
            self.about: Mapping[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            with np.load(folder / LABELS, allow_pickle=False) as labels:
                self._labels = {name: labels[name] for name in labels.files}
        except (OSError, ValueError) as error:
            raise PoseError(f"{folder}: expected a cache of examples, got {error}") from error
        if self.about.get("format") != FORMAT:
            raise PoseError(f"{folder}: expected a cache of format {FORMAT}, got {self.about.get('format')}")
        self.sizes: NDArray[np.int64] = self._labels["sizes"]
        self.offsets: NDArray[np.int64] = _starts(self.sizes.prod(axis=1) * 3)
        self.pixels: NDArray[np.uint8] = np.memmap(folder / PIXELS, np.uint8, "r")
        if len(self.pixels) != self.offsets[-1]:
            raise PoseError(f"{folder / PIXELS}: expected {self.offsets[-1]} bytes, got {len(self.pixels)}")

    @classmethod
    def build(
        cls, folder: Path, examples: Iterable[Example], longest: int = 512, about: Mapping[str, Any] | None = None
    ) -> Cache:
        """Write a cache; `folder` appears when it is complete, and replaces an older one.

        longest: see `DataConfig`. about: added to `about.json`. Raises PoseError when no example has a weight above 0.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
            made = Path(work) / "made"
            made.mkdir()
            _write(made, (shrunk(example, longest) for example in examples), about or {})
            if folder.exists():
                os.rename(folder, Path(work) / "old")
            os.rename(made, folder)
        return cls(folder)

    def __reduce__(self) -> tuple[Callable[[Path], Cache], tuple[Path]]:
        return Cache, (self.folder,)

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def weights(self) -> NDArray[np.float64]:
        """The relative frequency with which each example is drawn, (n,)."""
        weights: NDArray[np.float64] = self._labels["weights"]
        return weights

    def picture(self, index: int) -> NDArray[np.uint8]:
        """The pixels of example `index`, (H, W, 3) BGR; a read-only view."""
        return self.pixels[self.offsets[index] : self.offsets[index + 1]].reshape(*self.sizes[index], 3)

    def labels(self, places: NDArray[np.intp]) -> Labels:
        """The labels of N examples, in the order of their indices `places`."""
        people, person_of = self._parts("people", places)
        ignore, ignore_of = self._parts("ignore", places)
        heads, head_of = self._parts("heads", places)
        helmeted, _ = self._parts("helmeted", places)
        flags = {name: self._labels[name][places] for name in _FLAGS}
        site = flags["heads_complete"] | (np.bincount(head_of, minlength=len(places)) > 0)
        return Labels(people, person_of, ignore, ignore_of, heads, helmeted, head_of, **flags, site=site)

    def _parts(self, name: str, places: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.intp]]:
        """The rows of several examples, concatenated, and the position of each row's example in `places`."""
        starts = self._labels[f"{name}_starts"][places]
        lengths = self._labels[f"{name}_starts"][places + 1] - starts
        row_of = np.repeat(np.arange(len(places)), lengths)
        before = np.cumsum(lengths) - lengths
        rows = np.arange(len(row_of)) + (starts - before)[row_of]
        return self._labels[name][rows], row_of


def open_or_build(config: DataConfig, *, progress: bool = True) -> Cache:
    """The cache of the sources, in a folder below `config.cache`; it is built when it is missing or outdated.

    The folder's name has a digest of the configuration, and one of the state (size, time of change) of the sources'
    files; caches of the same configuration with files in another state are removed. Processes that open the same cache
    wait for the first to build it. Raises ValueError, OSError or PoseError as the sources and `Cache.build` do.
    """
    if not config.sources:
        raise ValueError("sources: expected at least one, got none")
    sources = [parse_source(text) for text in config.sources]
    asked = {name: value for name, value in asdict(config).items() if name != "cache"}
    weights = [] if config.weights is None else [config.weights]
    files = [_state(path) for path in [*weights, *(path for source in sources for path in source_files(source))]]
    family, state = _digest([FORMAT, asked]), _digest(files)
    folder = config.cache / f"{family}-{state}"
    with _alone(config.cache):
        if (folder / ABOUT).is_file():
            return Cache(folder)
        examples = _weighed((e for source in sources for e in read_source(source, config)), config.weights)
        bar = tqdm(examples, desc="reading pictures", unit="picture", disable=None if progress else True)
        cache = Cache.build(folder, bar, config.longest, {**asked, "files": files})
        for old in config.cache.glob(f"{family}-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
        return cache


def _weighed(examples: Iterable[Example], weights: Path | None) -> Iterator[Example]:
    """The examples, with weights multiplied by the factors of a file; PoseError for a wrong file."""
    factors = {} if weights is None else _read_weights(weights)
    return (replace(example, weight=example.weight * factors.get(example.name, 1.0)) for example in examples)


def _read_weights(path: Path) -> dict[str, float]:
    try:
        factors = {str(name): float(factor) for name, factor in json.loads(path.read_text(encoding="utf-8")).items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise PoseError(f"data.weights: expected a JSON object of names and numbers in {path}, got {error}") from error
    for name, factor in factors.items():
        if not 0 <= factor < math.inf:
            raise PoseError(f"data.weights: {path}: {name}: expected at least 0, got {factor}")
    return factors


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time build in `folder`; the others then find the cache that it made."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(folder: Path, examples: Iterable[Example], about: Mapping[str, Any]) -> None:
    labels: list[Example] = []
    sizes: list[tuple[int, ...]] = []
    with (folder / PIXELS).open("wb") as file:
        for example in examples:
            file.write(example.pixels.tobytes())
            sizes.append(example.pixels.shape[:2])
            labels.append(replace(example, pixels=_NO_PIXELS))
    weights = np.array([example.weight for example in labels], np.float64)
    if not weights.sum() > 0:
        raise PoseError(f"cache: expected examples with a weight above 0, got {len(labels)} examples")
    joined: dict[str, Any] = {"sizes": np.array(sizes, np.int64), "weights": weights, **_joined(labels)}
    np.savez(folder / LABELS, **joined)
    text = json.dumps({"format": FORMAT, "pictures": len(labels), **about}, indent=1, default=str)
    (folder / ABOUT).write_text(text + "\n", encoding="utf-8")


def _joined(examples: list[Example]) -> dict[str, NDArray[Any]]:
    joined: dict[str, NDArray[Any]] = {"names": np.array([example.name for example in examples])}
    for name in _FLAGS:
        joined[name] = np.array([getattr(example, name) for example in examples], bool)
    for name in _RAGGED:
        parts = [getattr(example, name) for example in examples]
        joined[name] = np.concatenate(parts)
        joined[f"{name}_starts"] = _starts(np.array([len(part) for part in parts]))
    return joined


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths)])


def _state(path: Path) -> tuple[str, int, int, int]:
    """Path, number, bytes and latest time of change (ns) of a file or of a folder's files."""
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    stats = [file.stat() for file in files]
    newest = max((stat.st_mtime_ns for stat in stats), default=0)
    return str(path), len(stats), sum(stat.st_size for stat in stats), newest


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12]
