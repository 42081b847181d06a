"""Where a page is opened: beside the terminal, in the browser that shows the wizard, or nowhere but for its address."""

from __future__ import annotations

import pytest

from tests.tui.conftest import Stage
from wizard.tui.app import WizardApp
from wizard.tui.links import DISPLAYS, visit

LINK = "https://dev.azure.com/contoso/mlops/_build/results?buildId=7"


@pytest.mark.parametrize(("is_web", "display"), [(True, ""), (False, ":0"), (False, "")])
async def test_a_page_is_opened_where_there_is_a_browser(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, is_web: bool, display: str
) -> None:
    for name in DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    opened: list[str] = []
    monkeypatch.setattr(WizardApp, "is_web", property(lambda _: is_web))
    monkeypatch.setattr(WizardApp, "open_url", lambda _, link: opened.append(link))
    app = stage.app()
    async with app.run_test():
        visit(app, LINK)
        assert (opened, app.clipboard) == (([LINK], "") if is_web or display else ([], LINK))
