"""The command palette: every command of the registry that applies where the person is."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from wizard.tui.commands import ANYWHERE, COMMANDS, Command


class WizardCommands(Provider):
    """Finds commands by name; one that cannot be used now says why when it is chosen."""

    @property
    def _here(self) -> list[Command]:
        place, offers = getattr(self.screen, "PLACE", ""), getattr(self.screen, "offers", lambda _: True)
        return [command for command in COMMANDS if command.where in (place, ANYWHERE) and offers(command.id)]

    async def discover(self) -> Hits:
        """All commands of this place."""
        for command in self._here:
            yield DiscoveryHit(command.name, partial(self._run, command), help=self._told(command))

    async def search(self, query: str) -> Hits:
        """Commands of this place whose name matches."""
        matcher = self.matcher(query)
        for command in self._here:
            if (score := matcher.match(command.name)) > 0:
                shown = matcher.highlight(command.name)
                yield Hit(score, shown, partial(self._run, command), help=self._told(command))

    def _told(self, command: Command) -> str:
        keys = getattr(getattr(self.app, "board", None), "keys", {})
        return f"{command.label(keys)}  {command.help}"

    async def _run(self, command: Command) -> None:
        await self.screen.run_action(f"app.command('{command.id}')")
