"""Two versions side by side: their figures are those that training logs, and the largest differences come first."""

import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from wizard.operations.compare import differences, figures, table

ACTUAL, FIRST, SECOND = [5.0, 6.0, 7.0, 4.0], [5.1, 5.8, 6.4, 4.4], [5.1, 6.8, 6.3, 4.4]


def test_the_figures_are_those_of_scikit_learn():
    assert figures(FIRST, ACTUAL) == pytest.approx(
        {
            "r2": r2_score(ACTUAL, FIRST),
            "mae": mean_absolute_error(ACTUAL, FIRST),
            "rmse": root_mean_squared_error(ACTUAL, FIRST),
        }
    )


def test_they_stand_side_by_side_with_their_difference():
    lines = table(("version 1", "version 2"), {"r2": 0.25}, {"r2": 0.5})
    assert lines[0].split() == ["version", "1", "version", "2", "difference"]
    assert lines[1].split() == ["r2", "0.250000", "0.500000", "+0.250000"]


def test_the_largest_differences_come_first_and_equal_versions_are_called_equal():
    assert differences(FIRST, SECOND, ACTUAL)[1].split() == ["2", "6", "5.800", "6.800"]
    assert differences(FIRST, FIRST, ACTUAL) == ["they predict the same for every wine"]
