import numpy as np
import pytest

from pose.train.export.network_files import ExportError, compare

SAMPLE = [np.zeros((1, 32, 32, 3), np.uint8)]


@pytest.mark.parametrize(
    ("largest", "off", "passes"),
    [(0.1, 0.009, True), (0.1, 0.011, False), (5.0, 0.049, True), (5.0, 0.051, False), (0.1, np.nan, False)],
)
def test_fields_may_differ_by_a_share_of_the_largest_but_at_least_of_one(largest, off, passes):
    expected = np.full((1, 2, 8, 8), -largest)
    expected[0, 1] = 0
    answered = expected + np.eye(8) * off
    if passes:
        compare("a runtime", lambda _: answered, SAMPLE, [expected], 0.01)
    else:
        with pytest.raises(ExportError, match=r"a runtime: expected an answer within 0\.0\d+ of torch's, got"):
            compare("a runtime", lambda _: answered, SAMPLE, [expected], 0.01)
