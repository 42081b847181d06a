"""What is asked of a service: rows that are typed or read, refused where they are none, and shown as a table."""

import json

import pytest

from jobs.settings import FEATURES
from jobs.settings import TARGET as JOBS_TARGET
from wizard.engine.errors import WizardError
from wizard.operations.ask import table
from wizard.steps.rows_of_wines import COLUMNS, TARGET, from_file, given, sample

WINE = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]


def test_the_columns_are_those_of_the_jobs():
    assert (COLUMNS, TARGET) == (FEATURES, JOBS_TARGET)


def test_rows_are_typed_with_commas_or_semicolons_or_are_in_a_file_that_is_named(tmp_path):
    (tmp_path / "wines.json").write_text(json.dumps([WINE]))
    texts = [",".join(map(str, WINE)), "", ";".join(map(str, WINE)), "wines.json"]
    assert given(texts, tmp_path) == [WINE, WINE, WINE]
    with pytest.raises(WizardError, match="row 1 has 2 values"):
        given(["1,2"], tmp_path)


def test_there_are_wines_to_ask_about_without_any():
    assert sample()[0] == WINE
    assert len(sample()) == 5


@pytest.mark.parametrize("content", [{"data": [WINE]}, [WINE]])
def test_rows_come_from_json(tmp_path, content):
    file = tmp_path / "wines.json"
    file.write_text(json.dumps(content))
    assert from_file(file) == [WINE]


@pytest.mark.parametrize("separator", [",", ";"])
def test_rows_come_from_csv_whose_columns_go_by_name(tmp_path, separator):
    file = tmp_path / "wines.csv"
    names, values = ["quality", *reversed(COLUMNS)], [5, *reversed(WINE)]
    file.write_text(separator.join(names) + "\n" + separator.join(map(str, values)) + "\n")
    assert from_file(file) == [WINE]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{", "is no JSON"),
        ("a.json", '{"rows": []}', "has no rows"),
        ("a.json", "[[1]]", "a.json, row 1 has 1 values; 11 are expected"),
        ("a.csv", "", "has no column fixed acidity"),
        ("a.csv", ",".join(COLUMNS) + "\n" + "x," * 10 + "1\n", "a.csv, line 2: could not convert"),
    ],
)
def test_what_is_no_row_is_refused(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(WizardError, match=said):
        from_file(tmp_path / name)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(WizardError, match="cannot be read: No such file"):
        from_file(tmp_path / "none.csv")


def test_each_prediction_is_a_bar_in_proportion():
    head, first, second = table([WINE, WINE], [5.0, 7.5])
    assert head.split() == ["row", "alcohol", "volatile", "acidity", "sulphates", "quality"]
    assert (first.count("█"), second.count("█")) == (20, 30)
    assert "9.4" in first
    assert "5.000" in first
