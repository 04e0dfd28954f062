"""Finds pictures and their annotations below a folder, of any of the three kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from pose.data.archives import is_leftover, is_picture
from pose.train.data.conversion.boxed import BoxedPicture
from pose.train.data.conversion.coco import read_coco_boxes
from pose.train.data.conversion.voc import read_voc
from pose.train.data.conversion.yolo import read_class_names, read_yolo

# Folders that tell what is in them, so that images/day/a.jpg and labels/day/a.txt belong together.
_TELLING: Final = ("annotations", "images", "jpegimages", "labels")
_EXPECTED: Final = "expected a folder of pictures with VOC's .xml or YOLO's .txt files, or a COCO .json file"


@dataclass(frozen=True, slots=True)
class AnnotatedFolder:
    """Pictures below `folder` and what is known of each.

    kind: of the annotations, in words. pairs: each picture's path below the folder with its annotation, in the order of
    the paths. unlabelled: paths of pictures without an annotation. missing: of pictures that only annotations have.
    """

    folder: Path
    kind: str
    pairs: tuple[tuple[PurePosixPath, BoxedPicture], ...]
    unlabelled: tuple[PurePosixPath, ...]
    missing: tuple[PurePosixPath, ...]


def read_folder(source: Path) -> AnnotatedFolder:
    """What a folder holds, or a COCO file and the folder around it (around its folder, if that is `annotations`).

    Raises OSError when something cannot be read; ValueError that names the file and what cannot be used.
    """
    folder = _around(source)
    files = [PurePosixPath(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]
    kept = [file for file in files if not is_leftover(file)]
    pictures = [file for file in kept if is_picture(file)]
    kind, annotations = _annotations(source, folder, kept)
    pairs = _paired(folder, pictures, annotations)
    if not pairs:
        got = f"{len(pictures)} pictures, none with an annotation of its name"
        raise ValueError(f"{source}: {_EXPECTED}, got {got}")
    found = {id(annotation) for annotation in pairs.values()}
    return AnnotatedFolder(
        folder,
        kind,
        tuple(pairs.items()),
        tuple(picture for picture in pictures if picture not in pairs),
        tuple(annotation.picture for annotation in annotations if id(annotation) not in found),
    )


def _around(source: Path) -> Path:
    if source.is_dir():
        return source
    if source.suffix.lower() != ".json" or not source.is_file():
        raise ValueError(f"{source}: {_EXPECTED}, got {'another file' if source.exists() else 'nothing'}")
    folder = source.parent
    return folder.resolve().parent if folder.resolve().name.lower() == "annotations" else folder


def _annotations(source: Path, folder: Path, files: Sequence[PurePosixPath]) -> tuple[str, list[BoxedPicture]]:
    if source.is_file():
        return "COCO", read_coco_boxes(source)
    stems = {file.stem for file in files if is_picture(file)}  # other texts say something else, such as README.txt
    voc, yolo = (
        [folder / file for file in files if file.suffix.lower() == suffix and file.stem in stems]
        for suffix in (".xml", ".txt")
    )
    if voc and yolo:
        got = f"{len(voc)} .xml and {len(yolo)} .txt files, such as {voc[0]} and {yolo[0]}"
        raise ValueError(f"{source}: expected annotations of one kind, got {got}")
    if voc:
        return "VOC", [read_voc(file, folder) for file in voc]
    names = read_class_names(folder) if yolo else {}
    return "YOLO", [read_yolo(file, folder, names) for file in yolo]


def _paired(
    folder: Path, pictures: Iterable[PurePosixPath], annotations: Iterable[BoxedPicture]
) -> dict[PurePosixPath, BoxedPicture]:
    """The pictures with an annotation of their path or, where no path fits, of their name; in the pictures' order."""
    by_key: dict[PurePosixPath, PurePosixPath] = {}
    for picture in pictures:
        other = by_key.setdefault(_key(picture), picture)
        if other != picture:
            raise ValueError(f"{folder}: expected pictures of different names, got {other} and {picture}")
    once = Counter(key.name for key in by_key)
    by_name = {key.name: picture for key, picture in by_key.items() if once[key.name] == 1}
    pairs: dict[PurePosixPath, BoxedPicture] = {}
    for annotation in annotations:
        found = by_key.get(_key(annotation.picture)) or by_name.get(_key(annotation.picture).name)
        if found in pairs:
            raise ValueError(f"{annotation.file}: {found}: expected one annotation, got another in {pairs[found].file}")
        if found:
            pairs[found] = annotation
    return dict(sorted(pairs.items()))


def _key(path: PurePosixPath) -> PurePosixPath:
    """The path without suffix and without folders that only tell what is in them."""
    return PurePosixPath(*(part for part in path.parts[:-1] if part.lower() not in _TELLING), path.stem)
