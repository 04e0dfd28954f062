"""A window that shows frames, by the toolkit that comes with Python."""

from __future__ import annotations

from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.video.reading import VideoError


class Window:
    """Shows one frame after the other, as large as fits the screen, until `q` or its button closes it.

    is_open: whether it was not closed yet. Raises VideoError without a display, or where Python has no tkinter.
    """

    def __init__(self, title: str) -> None:
        try:
            import tkinter as tk  # noqa: PLC0415  some Pythons come without it
        except ImportError as error:
            raise VideoError("--show", "a Python with tkinter (Debian: python3-tk)", str(error)) from error
        try:
            self._root = tk.Tk()
        except tk.TclError as error:
            raise VideoError("--show", "a display", str(error)) from error
        self.is_open = True
        self._root.title(title)
        self._root.bind("q", lambda _: self._close())
        self._root.protocol("WM_DELETE_WINDOW", self._close)
        self._image = tk.PhotoImage()
        tk.Label(self._root, image=self._image, borderwidth=0).pack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._root.destroy()

    def show(self, pixels: NDArray[np.uint8]) -> None:
        """Show a frame, (H, W, 3) uint8 BGR, in place of the last one."""
        height, width = pixels.shape[:2]
        share = min(1.0, self._root.winfo_screenwidth() / width, self._root.winfo_screenheight() / height)
        size = max(1, round(share * width)), max(1, round(share * height))
        _, data = cv2.imencode(".ppm", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
        self._image.configure(data=data.tobytes(), width=size[0], height=size[1])
        self._root.update()

    def _close(self) -> None:
        self.is_open = False
