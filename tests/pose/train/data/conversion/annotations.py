"""A picture of 80x60 with a helmeted and a bare head, annotated in every way."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from pose.__main__ import main
from pose.data.shards import read_shard
from tests.pose.train.made_up import smooth

PICTURE = cv2.imencode(".png", np.ascontiguousarray(smooth(60, 80, 0)))[1].tobytes()
HEADS = [([20, 10, 12, 16], "helmet"), ([50, 12, 8, 9], "head")]
YOLO = "0 0.325 0.3 0.15 0.266666667\n1 0.675 0.275 0.1 0.15\n"


def voc_object(name, left, top, right, bottom, more=""):
    sides = zip(("xmin", "ymin", "xmax", "ymax"), (left, top, right, bottom), strict=True)
    box = "".join(f"<{side}>{value}</{side}>" for side, value in sides)
    return f"<object><name>{name}</name>{more}<bndbox>{box}</bndbox></object>"


HELMET, BARE = voc_object("helmet", 20, 10, 32, 26), voc_object("head", 50, 12, 58, 21)


def voc(*objects, size=(80, 60)):
    width, height = size
    told = f"<size><width>{width}</width><height>{height}</height></size>"
    return f"<annotation><filename>other.jpg</filename>{told}{''.join(objects)}</annotation>"


def coco(*more, image="a.png", categories=("helmet", "head"), **changes):
    boxes = [{"image_id": 1, "category_id": n, "bbox": box} for n, (box, _) in enumerate(HEADS)]
    file = {
        "images": [{"id": 1, "file_name": image, "width": 80, "height": 60}],
        "annotations": [*boxes, *more],
        "categories": [{"id": number, "name": name} for number, name in enumerate(categories)],
    }
    return json.dumps({**file, **changes})


def written(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def convert(source, out, *options):
    return main(["data", "convert", str(source), "--out", str(out), "--heads", "all", *options])


def only(out):
    (picture,) = read_shard(out)
    return picture.labels


def heads(labels):
    return [(pytest.approx(list(head.box), abs=0.01), head.kind) for head in labels.heads]
