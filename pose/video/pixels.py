"""A decoded frame of any form -> upright BGR pixels."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from pose.pictures.decoding import turned


def clockwise(frame: VideoFrame) -> int:
    """By how much it is to be turned, as its file says: 0, 90, 180 or 270 degrees."""
    return -90 * round(frame.rotation / 90) % 360  # PyAV gives whole degrees counter-clockwise


def upright(frame: VideoFrame, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 BGR, contiguous; size: scaled to this width and height in pixels.

    Raises av.FFmpegError or ValueError for a form that cannot be converted.
    """
    stored = frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
    pixels = turned(stored, mirrored=False, rotated=clockwise(frame))
    if size is None or pixels.shape[1::-1] == size:
        return pixels
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
