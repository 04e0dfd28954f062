import numpy as np
import pytest

from benchmarks.calibration import alike, choose_alarm


def test_kinds_of_cameras_weigh_alike_however_many_heads_they_show():
    few, many = np.zeros((2, 3)), np.ones((8, 3))
    rows, weights = alike([few, many])
    assert len(rows) == len(weights) == 10
    assert weights.sum() == pytest.approx(10)
    assert weights[:2].sum() == pytest.approx(weights[2:].sum())


@pytest.mark.parametrize(
    ("caught", "chosen"),
    [
        ({0.5: 97.0, 0.7: 95.5, 0.8: 94.0}, 0.7),
        ({0.5: 97.0, 0.7: 97.0, 0.8: 95.0}, 0.8),
        ({0.5: 97.0, 0.7: 90.0, 0.8: 80.0}, 0.5),
    ],
)
def test_few_bare_heads_are_given_up_for_fewer_false_alarms(caught, chosen):
    assert choose_alarm(caught) == chosen
