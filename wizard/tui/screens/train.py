"""Asks on which cluster the training job is to run, then starts it and shows it live."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from wizard.tui.rows import Field
from wizard.tui.screens.base import WizardModal
from wizard.tui.widgets.question_field import QuestionField

JOB = "wine-model-train"
ENVIRONMENT = "dev"


class TrainScreen(WizardModal[None]):
    """The job's one question."""

    AUTO_FOCUS = "Input"

    def compose(self) -> ComposeResult:
        """The cluster, proposed from the answers."""
        with Vertical(classes="dialog"):
            yield Static(Content(f"Run {JOB}"), classes="title")
            yield QuestionField(
                Field("cluster", "Cluster", f"in the {ENVIRONMENT} workspace", default=self._proposal()), live=False
            )
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Run", id="run", variant="primary")

    def _proposal(self) -> str:
        """The value of the answer that is named after the cluster."""
        fields = [each for row in self.board.steps for each in row.inputs if row.environment in ("", ENVIRONMENT)]
        return next((each.shown for each in fields if each.name.rpartition(".")[2] in ("cluster", "cluster_name")), "")

    @on(QuestionField.Submitted)
    @on(Button.Pressed, "#run")
    def _run(self) -> None:
        from wizard.tui.screens.run import RunScreen

        cluster = self.query_one(QuestionField).value.strip()
        if not cluster:
            self.query_one(QuestionField).complain("the name of a cluster is needed")
            return
        self.wizard.ask("run", job=JOB, cluster=cluster, environment=ENVIRONMENT)
        self.dismiss(None)
        self.wizard.push_screen(RunScreen(""))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
