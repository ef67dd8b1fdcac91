"""`remoteready plan`: what many desks need of the network, and the questions around it."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from remoteready import files, spelling
from remoteready.exits import UnusableInput

COMMANDS: Mapping[str, str] = {
    "size": "plan_size",
    "fit": "plan_search",
    "sweep": "plan_search",
    "compare": "plan_search",
    "agents": "plan_agents",
    "verify": "plan_verify",
    "intervals": "plan_intervals",
    "calibrate": "plan_calibrate",
    "export-workload": "plan_export",
}
"""The module that holds each."""
DEFAULT = "size"
EPILOG = (
    "Without the name of a command it is `size`: `remoteready plan two-sites --explain`; `remoteready plan --users 200 "
    "--calls 40 --minutes 6 --monitors 2 --link-mbps 100`. `remoteready plan size --help` has all options."
)


class Plan(typer.core.TyperGroup):
    """Imports only the command that runs, and runs `size` where none is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """The arguments, those of `size` where they begin with no command. UnusableInput for a misspelt one."""
        named = args and args[0] in (*COMMANDS, *ctx.help_option_names)
        if args and not named and (meant := spelling.nearest(args[0], COMMANDS)) and not _is_scenario(args[0]):
            raise UnusableInput(f"{files.named(args[0])}: no such command or scenario; did you mean plan {meant}?")
        return super().parse_args(ctx, list(args) if named else [DEFAULT, *args])

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


def _is_scenario(name: str) -> bool:
    return Path(name).is_file() or (files.shipped("scenarios") / f"{name}.yaml").is_file()


app = typer.Typer(cls=Plan, rich_markup_mode=None, add_completion=False)


@app.callback(epilog=EPILOG)
def plan() -> None:
    """How much upload, VPN and link capacity do the agents need, does it hold, and which lever saves most?"""
