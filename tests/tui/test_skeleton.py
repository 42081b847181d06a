"""The skeleton: what is painted before Textual is there."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pyte
import pytest

from wizard import skeleton
from wizard.steps.outline import OUTLINE

STATE = {"version": 1, "clouds": {"sandbox": {"steps": {"signin.azure": {"status": "ok"}}}}}
DAMAGED = ["", "{", "[]", "null", '{"version": 2, "clouds": {}}', '{"version": 1, "clouds": {"sandbox": []}}', "\x00"]


def painted(project: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = (80, 24)) -> tuple[str, list[str]]:
    monkeypatch.setattr(skeleton, "_size", lambda _: size)
    stream = io.StringIO()
    skeleton.draw(project, "sandbox", stream)
    screen = pyte.Screen(*size)
    pyte.Stream(screen).feed(stream.getvalue())
    return stream.getvalue(), [line.rstrip() for line in screen.display]


def save(project: Path, text: str) -> None:
    (project / ".mlops-wizard").mkdir(exist_ok=True)
    (project / ".mlops-wizard" / "state.json").write_text(text)


def test_title_stages_and_steps_with_their_last_known_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, json.dumps(STATE))
    _, lines = painted(tmp_path, monkeypatch, (80, 60))
    assert "mlops-wizard" in lines[0]
    assert "sandbox" in lines[0]
    assert "✓ was ok" in next(line for line in lines if "Sign in to Azure" in line)
    titles = [title for _, title, _ in OUTLINE]
    assert all(any(title in line for line in lines) for title in titles)


@pytest.mark.parametrize("text", DAMAGED)
def test_a_broken_state_file_shows_everything_as_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    save(tmp_path, text)
    _, lines = painted(tmp_path, monkeypatch)
    assert "was ok" not in "\n".join(lines)
    assert "· not yet" in "\n".join(lines)


def test_no_state_file_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "· not yet" in "\n".join(painted(tmp_path, monkeypatch)[1])


def test_no_colour_when_nobody_wants_colour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[90m" in painted(tmp_path, monkeypatch)[0]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[90m" not in painted(tmp_path, monkeypatch)[0]


@pytest.mark.parametrize("size", [(20, 5), (60, 16), (80, 24), (200, 50)])
def test_it_fits_every_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    _, lines = painted(tmp_path, monkeypatch, size)
    assert "mlops-wizard" in lines[0]
    assert len([line for line in lines if "mlops-wizard" in line]) == 1


def test_it_needs_little_of_the_standard_library() -> None:
    script = "import sys; import wizard.skeleton, wizard.steps.outline; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"textual", "rich", "asyncio", "subprocess", "logging", "dataclasses"} & set(loaded)
