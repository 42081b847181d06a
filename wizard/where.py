"""`mlops-wizard where`: where a set-up keeps its files."""

from __future__ import annotations

import json

from wizard.engine.files import Project
from wizard.settings import settings_file


def lines(project: Project, *, as_json: bool) -> list[str]:
    """Each place by name, whether or not it is there yet."""
    places = {
        "project": project.folder,
        "answers": project.answers,
        "state": project.state,
        "journal": project.journal,
        "log": project.log,
        "settings": settings_file(),
        "install_script": project.install_script("dev"),
        "sandbox": project.memory / "sandbox",
    }
    if as_json:
        return [json.dumps({name: str(path) for name, path in places.items()})]
    return [f"{name:<15}{path}{'' if path.exists() else '  (not there yet)'}" for name, path in places.items()]
