"""The floor: the least a Textual app can be. `j` and `k` change one word, so that keys can be timed here too."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, Static


class Floor(App[None]):
    """Header, Static, Footer."""

    BINDINGS: ClassVar = [("j", "count(1)", "Up"), ("k", "count(-1)", "Down")]

    def compose(self) -> ComposeResult:
        yield Header()
        yield Static("Hello 0")
        yield Footer()

    def on_mount(self) -> None:
        self.number = 0

    def action_count(self, step: int) -> None:
        self.number += step
        self.query_one(Static).update(f"Hello {self.number}")


if __name__ == "__main__":
    Floor().run()
