"""`remoteready fleet`: which of many desks are not ready, why and since when – from the reports that they write."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer

COMMANDS: Mapping[str, str] = {
    "import": "fleet_import",
    "roster": "fleet_people",
    "status": "fleet_ask",
    "why": "fleet_ask",
    "agent": "fleet_ask",
    "trend": "fleet_ask",
    "diff": "fleet_ask",
    "uplinks": "fleet_ask",
    "audit": "fleet_audit",
    "alerts": "fleet_alerts",
    "export": "fleet_export",
    "conflicts": "fleet_people",
    "reveal": "fleet_people",
    "purge": "fleet_privacy",
    "erase": "fleet_privacy",
    "log": "fleet_privacy",
}
"""The module that holds each, in the order a newcomer needs them."""
EPILOG = (
    "Begin with `remoteready check --spool DIR --agent ID` at the desks, then `remoteready fleet import DIR`. All is "
    "kept in one file, fleet.db in the current folder unless --store names another; people appear in it as pseudonyms, "
    "made with a key that is kept elsewhere. Needs: pip install 'remoteready[fleet]'."
)


class Fleet(typer.core.TyperGroup):
    """Imports only the command that runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"remoteready.cli.{COMMANDS[cmd_name]}").app)
        if isinstance(command, typer.core.TyperGroup):
            return command.get_command(ctx, cmd_name)
        command.name = cmd_name
        return command


app = typer.Typer(cls=Fleet, rich_markup_mode=None, add_completion=False, no_args_is_help=True)


@app.callback(epilog=EPILOG)
def fleet() -> None:
    """Who is not ready, why, and since when: many desks' reports in one file, without a server."""
