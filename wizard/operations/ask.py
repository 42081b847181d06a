"""`mlops-wizard ask`: sends rows of wines to a service, and shows its predictions as a table with bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wizard.engine.context import Session
from wizard.engine.errors import WizardError
from wizard.operations.promote import place
from wizard.steps import ml_service, rows_of_wines

WIDTH = 40  # of a bar of the highest quality
SHOWN = ("alcohol", "volatile acidity", "sulphates")  # what tells wines apart best


async def ask(session: Session, command: dict[str, Any]) -> int:
    """Ask the service of `environment` about `rows`, each one of numbers or a file of them; 0 when it answered.

    Without any it is asked about a few wines of the data set.
    """
    context = place(session, str(command.get("environment") or "prod"))
    given = [str(each) for each in command.get("rows", [])]
    rows = rows_of_wines.given(given, session.project.folder) or rows_of_wines.sample()
    service = await ml_service.look(context)
    if service is None or not service.address:
        raise WizardError(f"{context.answer('service_name')} is not deployed.", fix="mlops-wizard apply")
    answer = await ml_service.answer_to(context, service, rows)
    if not isinstance(answer.body, list) or len(answer.body) != len(rows):
        raise WizardError(f"{service.name} answers with {ml_service.excerpt(answer.text)}.", fix="see its log")
    version = service.tags.get("registered_version", "of an unknown number")
    context.output(f"{service.name} ({context.environment}, version {version}), {answer.seconds * 1000:.0f} ms")
    for line in table(rows, answer.body):
        context.output(line)
    return 0


def table(rows: Sequence[Sequence[float]], predictions: Sequence[float]) -> list[str]:
    """A line for each row: its number, what tells it from others, the prediction, and that as a bar."""
    places = [rows_of_wines.COLUMNS.index(name) for name in SHOWN]
    heads = "  ".join(f"{name:>{len(name)}}" for name in SHOWN)
    lines = [f"{'row':>5}  {heads}  quality"]
    for number, (row, value) in enumerate(zip(rows, predictions, strict=True), 1):
        cells = "  ".join(f"{row[place]:>{len(name)}g}" for place, name in zip(places, SHOWN, strict=True))
        bar = "█" * round(min(max(value / ml_service.HIGHEST, 0.0), 1.0) * WIDTH)
        lines.append(f"{number:>5}  {cells}  {value:>7.3f}  {bar}")
    return lines
