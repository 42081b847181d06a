"""Asks a deployed service for predictions, and holds its answers against the registered model's own.

`it answers` proves nothing: an answer counts when it is as many numbers as rows were sent, each a possible quality and
equal to what that model version predicts here, and when a bad request is refused as one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from azure.core.exceptions import AzureError
from mlflow.exceptions import MlflowException

from jobs import azure_ml
from jobs.deploy_settings import SmokeSettings, smoke_settings
from jobs.predict import KNOWN_ROWS, predictions
from jobs.registry import RegistryError, given
from jobs.versions import VersionError

BAD_REQUESTS: Mapping[str, Any] = {
    "a text for a number": {"data": [["x", *KNOWN_ROWS[0][1:]]]},
    "a number too few": {"data": [KNOWN_ROWS[0][1:]]},
    "no rows": {"data": []},
    "null for a number": {"data": [[None, *KNOWN_ROWS[0][1:]]]},
}
LOWEST, HIGHEST = 0.0, 10.0
TOLERANCE = 1e-9
NOT_UP = frozenset((404, 429, 502, 503, 504))
PAUSE = 5.0
TIMEOUT = 60.0


class SmokeError(Exception):
    """The service answers wrongly; the message says what it should have answered."""


class UnreachableError(Exception):
    """The service could not be asked at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body, and how long it took."""

    status: int
    text: str
    body: Any
    seconds: float


class Service:
    """A scoring service: its address, and its key, which is sent and never shown."""

    def __init__(self, uri: str, key: str, pause: Callable[[float], None] = time.sleep) -> None:
        self.uri = uri
        self._session = requests.Session()
        self._session.headers.update({"Content-Type": "application/json"})
        if key:
            self._session.headers["Authorization"] = f"Bearer {key}"
        self._pause = pause

    def post(self, body: Any) -> Answer:
        """One request; UnreachableError when there is no answer."""
        started = time.perf_counter()
        try:
            found = self._session.post(self.uri, json=body, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise UnreachableError(f"{self.uri} does not answer: {type(error).__name__}") from error
        seconds = time.perf_counter() - started
        try:
            content = found.json()
        except requests.JSONDecodeError:
            content = None
        return Answer(found.status_code, found.text, content, seconds)

    def post_when_up(self, body: Any, seconds: float) -> Answer:
        """The first answer of a service that is up; UnreachableError when that takes longer than `seconds`."""
        until = time.monotonic() + seconds
        while True:
            try:
                answer = self.post(body)
                if answer.status not in NOT_UP:
                    return answer
                reason = f"{self.uri} answers {answer.status}: {excerpt(answer.text)}"
            except UnreachableError as error:
                reason = str(error)
            if time.monotonic() + PAUSE > until:
                raise UnreachableError(f"{reason} (for {seconds:.0f} seconds)")
            print(f"not up yet: {reason}", flush=True)
            self._pause(PAUSE)


def excerpt(text: str) -> str:
    """The beginning of an answer, on one line."""
    return " ".join(text.split())[:200] or "(nothing)"


def refuse_wrong_answer(answer: Answer, rows: int) -> list[float]:
    """The predictions of an answer; SmokeError unless there is one possible number for each row."""
    if answer.status in (401, 403):
        raise SmokeError(f"the service refuses the key: {answer.status} {excerpt(answer.text)}")
    if answer.status != 200:
        raise SmokeError(f"the service answers good rows with {answer.status}: {excerpt(answer.text)}")
    if not isinstance(answer.body, list):
        raise SmokeError(f"the service answers 200 with no list of numbers, but: {excerpt(answer.text)}")
    if len(answer.body) != rows:
        raise SmokeError(f"the service gives {len(answer.body)} predictions for {rows} rows")
    for number, value in enumerate(answer.body):
        if type(value) not in (int, float):
            raise SmokeError(f"prediction {number} is no number, but {excerpt(str(value))}")
        if not LOWEST <= value <= HIGHEST:
            raise SmokeError(f"prediction {number} is {value}, and no quality between {LOWEST:g} and {HIGHEST:g}")
    return [float(value) for value in answer.body]


def refuse_other_numbers(found: Sequence[float], expected: Sequence[float]) -> float:
    """The largest difference; SmokeError where it is more than rounding, as with another model version."""
    worst = max(range(len(expected)), key=lambda number: abs(found[number] - expected[number]))
    difference = abs(found[worst] - expected[worst])
    if difference > TOLERANCE:
        raise SmokeError(
            f"row {worst}: the service predicts {found[worst]}, the registered model {expected[worst]}: "
            "the service runs another model version"
        )
    return difference


def refuse_accepted_errors(service: Service) -> None:
    """SmokeError when a bad request is answered by anything but a 4xx."""
    for what, body in BAD_REQUESTS.items():
        answer = service.post(body)
        if answer.status == 200:
            raise SmokeError(f"{what} is answered 200, an error as if it were a result: {excerpt(answer.text)}")
        if not 400 <= answer.status < 500:
            raise SmokeError(f"{what} is answered {answer.status}, not 4xx: {excerpt(answer.text)}")


def find_service(settings: SmokeSettings, environment: Mapping[str, str]) -> Service:
    """The service by its address, or by its name in the workspace."""
    if settings.workspace is None:
        return Service(settings.scoring_uri, given(environment, "SCORING_KEY"))

    found = azure_ml.Webservice(azure_ml.open_workspace(settings.workspace, environment), settings.service)
    if not found.scoring_uri:
        raise UnreachableError(f"service {settings.service} has no address; it is {found.state}")
    return Service(found.scoring_uri, found.get_keys()[0] if found.auth_enabled else "")


def check(service: Service, expected: Sequence[float], settings: SmokeSettings) -> None:
    """Ask and compare; prints what was found. SmokeError or UnreachableError say what is wrong."""
    rows = {"data": KNOWN_ROWS}
    answered = refuse_wrong_answer(service.post_when_up(rows, settings.seconds), len(KNOWN_ROWS))
    difference = refuse_other_numbers(answered, expected)
    print(f"{len(answered)} rows answered with {len(answered)} numbers from {min(answered):.3f} to "
          f"{max(answered):.3f}; they differ from the registered model's by at most {difference:.1e}")  # fmt: skip
    refuse_accepted_errors(service)
    print(f"{len(BAD_REQUESTS)} bad requests refused with 4xx")
    times = sorted(timed(service) for _ in range(settings.requests))
    print(f"latency of {len(times)} requests of one row: median {times[len(times) // 2] * 1e3:.1f} ms, "
          f"slowest {times[-1] * 1e3:.1f} ms")  # fmt: skip


def timed(service: Service) -> float:
    """Seconds that one row takes."""
    answer = service.post({"data": KNOWN_ROWS[:1]})
    refuse_wrong_answer(answer, 1)
    return answer.seconds


def main(arguments: list[str] | None = None) -> None:
    """Test as the arguments say. SystemExit 1 when the service answers wrongly, 3 when it could not be asked."""

    settings = smoke_settings(arguments)
    try:
        found, expected = predictions(settings.model, os.environ)
        service = find_service(settings, os.environ)
        print(f"{service.uri} against {found.name} version {found.version}", flush=True)
        check(service, expected, settings)
    except SmokeError as error:
        give_up(str(error), 1)
    except (UnreachableError, VersionError, RegistryError, azure_ml.SignInError, AzureError) as error:
        give_up(str(error).strip().splitlines()[0], 3)
    except MlflowException as error:
        give_up(f"MLflow (registry {settings.model.registry_uri}): {error.message}", 3)
    except azure_ml.AzureMLException as error:
        give_up(f"Azure ML: {excerpt(str(error.message))}", 3)


def give_up(message: str, code: int) -> None:
    """End with one line on stderr."""
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
