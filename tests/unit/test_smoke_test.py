"""The smoke test against services that answer rightly, wrongly, late or never; they listen on loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jobs import predict, smoke_test
from jobs.deploy_settings import smoke_settings
from jobs.predict import KNOWN_ROWS, predictions
from jobs.registry import HOST, TOKEN, ModelChoice, RegistryError, resolve
from jobs.settings import TrainSettings
from jobs.smoke_test import Service, SmokeError, UnreachableError, main
from jobs.train import train
from tests.rehearsal import ROOT

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
RIGHT = [5.0 + number / 10 for number in range(len(KNOWN_ROWS))]
REFUSED = (400, {"error": {"rule": "number", "message": "bad"}})
KEY = "the-key-of-the-service"


def good(rows):
    return (200, RIGHT[: len(rows)])


class FakeService:
    """Answers rows by `answers`, and what is no row of numbers by `refuses`; `before` is answered first, in turn."""

    def __init__(self):
        self.answers, self.refuses, self.before, self.keys = good, lambda body: REFUSED, [], set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.keys.add(self.headers.get("Authorization"))
                status, content = outer.before.pop(0) if outer.before else outer.answer(body)
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.server.server_address[1]}/score"

    def answer(self, body):
        rows = body["data"]
        bad = not rows or any(len(row) != 11 or not all(isinstance(cell, float) for cell in row) for row in rows)
        return self.refuses(body) if bad else self.answers(rows)


@pytest.fixture
def fake():
    service = FakeService()
    thread = threading.Thread(target=service.server.serve_forever)
    thread.start()
    yield service
    service.server.shutdown()
    service.server.server_close()
    thread.join()


def settings(uri, *more):
    return smoke_settings(["--scoring-uri", uri, "--requests", "3", "--seconds", "20", *more])


def check(fake, **kwargs):
    smoke_test.check(Service(fake.uri, KEY, **kwargs), RIGHT, settings(fake.uri))


def test_a_right_service_passes_and_its_latency_is_told(fake, capsys):
    check(fake)
    said = capsys.readouterr().out
    assert "5 rows answered with 5 numbers from 5.000 to 5.400" in said
    assert "4 bad requests refused" in said
    assert "latency of 3 requests of one row: median" in said
    assert fake.keys == {f"Bearer {KEY}"}
    assert KEY not in said


WRONG = [
    ((200, {"error": "KeyError: 'data'"}), "no list of numbers, but: .*KeyError"),
    ((200, "could not convert string to float"), "no list of numbers"),
    ((200, b"not json at all"), "no list of numbers, but: not json"),
    ((200, RIGHT[:4]), "4 predictions for 5 rows"),
    ((200, [*RIGHT[:4], "5.4"]), "prediction 4 is no number"),
    ((200, [*RIGHT[:4], True]), "prediction 4 is no number"),
    ((200, [*RIGHT[:4], None]), "prediction 4 is no number"),
    ((200, [*RIGHT[:4], 10.5]), "no quality between 0 and 10"),
    ((200, [*RIGHT[:4], float("nan")]), "no quality between"),
    ((200, [*RIGHT[:4], 5.400001]), "row 4: .* another model version"),
    ((401, b""), "refuses the key: 401"),
    ((500, {"message": "An unexpected error"}), "good rows with 500"),
    ((400, {"message": "what"}), "good rows with 400"),
]


@pytest.mark.parametrize(("answer", "says"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_answer_fails_and_is_explained(fake, answer, says):
    fake.answers = lambda rows: answer
    with pytest.raises(SmokeError, match=says):
        check(fake)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, "could not convert string to float: 'x'"), "answered 200, an error as if it were a result: .*convert"),
        ((200, [5.0]), "answered 200"),
        ((500, {"message": "An unexpected error"}), "answered 500, not 4xx"),
    ],
)
def test_bad_requests_must_be_refused(fake, answer, says):
    fake.refuses = lambda body: answer
    with pytest.raises(SmokeError, match=says):
        check(fake)


def test_a_service_that_comes_up_late_is_waited_for(fake, capsys):
    fake.before = [(503, b"no upstream"), (404, b""), (502, b"")]
    pauses = []
    check(fake, pause=pauses.append)
    assert len(pauses) == 3
    assert "not up yet: " in capsys.readouterr().out


def test_one_that_does_not_come_up_ends_with_the_last_reason(fake, monkeypatch):
    fake.answers = lambda rows: (503, b"no healthy upstream")
    with pytest.raises(UnreachableError, match=r"503: no healthy upstream \(for 1 seconds\)"):
        Service(fake.uri, "").post_when_up({"data": KNOWN_ROWS}, 1)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A registry with one version of the model."""
    store = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("work"))
        train(TrainSettings(str(DATA), "wine", store, store))
    return store


def arguments(fake, store, *more):
    return ["--scoring-uri", fake.uri, "--registry-uri", store, "--requests", "2", "--seconds", "5", *more]


def test_the_command_holds_answers_against_the_registered_version(fake, store, capsys, monkeypatch):
    monkeypatch.setenv("SCORING_KEY", KEY)
    _, expected = predictions(settings(fake.uri, "--registry-uri", store).model, {})
    fake.answers = lambda rows: (200, expected[: len(rows)])
    main(arguments(fake, store, "--model-version", "1"))
    assert f"{fake.uri} against sk-learn-linear-reg-model version 1" in capsys.readouterr().out
    assert fake.keys == {f"Bearer {KEY}"}


def test_exit_codes_tell_wrong_from_unreachable(fake, store, capsys, monkeypatch):
    with pytest.raises(SystemExit) as ended:
        main(arguments(fake, store))
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("error: row ")
    monkeypatch.setattr(smoke_test, "PAUSE", 6.0)
    fake.server.shutdown()
    fake.server.server_close()
    with pytest.raises(SystemExit) as ended:
        main(arguments(fake, store))
    assert ended.value.code == 3
    assert "does not answer: ConnectionError" in capsys.readouterr().err


def test_a_version_that_is_not_there_could_not_be_checked(fake, store, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments(fake, store, "--model-version", "9"))
    assert ended.value.code == 3
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "set REGISTRY_HOST and REGISTRY_TOKEN here"),
        ({HOST: "$(REGISTRY_HOST)", TOKEN: "$(REGISTRY_TOKEN)"}, "set REGISTRY_HOST"),
        ({HOST: "https://h", TOKEN: ""}, "REGISTRY_TOKEN is not set"),
    ],
)
def test_a_registry_in_a_secret_scope_needs_host_and_token_here(environment, says):
    with pytest.raises(RegistryError, match=says):
        resolve(ModelChoice("databricks://cmr:cmr", "wine"), environment)


@pytest.mark.parametrize(
    ("uri", "here"),
    [("databricks://cmr:cmr", "databricks"), ("databricks-uc", "databricks-uc"), ("databricks", "databricks")],
)
def test_host_and_token_of_the_registry_take_the_place_of_the_workspaces(uri, here, monkeypatch):
    monkeypatch.setenv("DATABRICKS_HOST", "https://own")
    monkeypatch.setenv("DATABRICKS_TOKEN", "own")
    found = resolve(ModelChoice(uri, "wine"), {HOST: "cmr.example.org", TOKEN: "value"})
    assert found.registry_uri == here
    assert smoke_test.os.environ["DATABRICKS_HOST"] == "https://cmr.example.org"
    assert smoke_test.os.environ["DATABRICKS_TOKEN"] == "value"


def test_a_service_by_name_needs_its_workspace(capsys):
    with pytest.raises(SystemExit) as ended:
        smoke_settings(["--service", "wine"])
    assert ended.value.code == 2
    assert "--service needs" in capsys.readouterr().err


def test_predictions_are_printed_with_their_rows_and_version(store, capsys):
    predict.main(["--registry-uri", store, "--model-version", "1"])
    told = json.loads(capsys.readouterr().out)
    _, expected = predictions(ModelChoice(store, "sk-learn-linear-reg-model", "1"), {})
    assert (told["version"], told["predictions"]) == ("1", expected)
    assert [tuple(row) for row in told["rows"]] == list(KNOWN_ROWS)
    with pytest.raises(SystemExit, match="error: MLflow"):
        predict.main(["--registry-uri", store, "--model-version", "99"])
