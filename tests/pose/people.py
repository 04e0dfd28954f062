"""Made-up people for tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A standing person seen from the front, in units of a tenth of the height, the neck at the origin.
STANDING = np.array(
    [
        (0, -0.9), (0, 0), (-0.9, 0), (-1.2, 1.5), (-1.3, 2.8), (0.9, 0), (1.2, 1.5), (1.3, 2.8),
        (-0.6, 3.0), (-0.6, 5.0), (-0.6, 7.0), (0.6, 3.0), (0.6, 5.0), (0.6, 7.0),
        (-0.3, -1.2), (0.3, -1.2), (-0.6, -1.1), (0.6, -1.1),
    ],
    np.float32,
)  # fmt: skip


def standing(x: float, y: float, size: float) -> NDArray[np.float32]:
    """(18, 3): a whole person with the neck at (x, y), a tenth of the height being `size` pixels."""
    points = STANDING * size + np.array((x, y), np.float32)
    return np.concatenate([points, np.ones((18, 1), np.float32)], axis=1).astype(np.float32)
