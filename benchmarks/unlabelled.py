"""Shows the real heads without a label: `python -m benchmarks.unlabelled SHEET.png`.

`unlabelled_heads.json` lists them by picture of the shards below. They were found by eye among the heads that networks
saw and that have no label. A listed head is a person's; statues, hands, insulators, lamps and valves are not listed.
The sheet is not shipped, because its pictures may not be given away.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.folders import folder
from pose.data.shards import LabelledPicture, read_shard
from pose.pictures.strokes import MAGENTA, WHITE, draw_box

LIST: Final = Path(__file__).with_name("unlabelled_heads.json")
SHARDS: Final = ("tune-site", "tune-cctv", "dev-site", "dev-cctv")
_SIDE: Final = 150  # pixels of a cell
_CONTEXT: Final = 4.0  # its side in sides of the head's box
_COLUMNS: Final = 10


def main() -> None:
    """Write the sheet: each listed head in a magenta box, labelled heads near it in white ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheet", type=Path, metavar="SHEET.png")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    listed: dict[str, list[list[float]]] = json.loads(LIST.read_text())
    shards = (picture for shard in SHARDS for picture in read_shard(pictures / f"{shard}.tar"))
    cells = [_cell(picture, box) for picture in shards for box in listed.get(picture.name, [])]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % _COLUMNS)
    rows = [np.concatenate(cells[i : i + _COLUMNS], axis=1) for i in range(0, len(cells), _COLUMNS)]
    cv2.imwrite(str(options.sheet), np.concatenate(rows))
    print(f"written: {options.sheet}, {sum(map(len, listed.values()))} heads")


def _cell(picture: LabelledPicture, box: list[float]) -> NDArray[Any]:
    left, top, width, height = box
    scale = _SIDE / (_CONTEXT * max(width, height))
    shift = _SIDE / 2 - scale * (left + width / 2), _SIDE / 2 - scale * (top + height / 2)
    cell = cv2.warpAffine(picture.pixels, np.array([[scale, 0, shift[0]], [0, scale, shift[1]]]), (_SIDE, _SIDE))
    for boxes, colour in ((picture.heads, WHITE), (np.array([box]), MAGENTA)):
        for x, y, w, h in (boxes * scale + (*shift, 0, 0)).tolist():
            draw_box(cell, (x, y, x + w, y + h), colour, 1)
    return cell


if __name__ == "__main__":
    main()
