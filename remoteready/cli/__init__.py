"""The command line: one thin module per command; what a user can mend is said here, once, in one line."""

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any

import typer

from remoteready import __version__, files, language, spelling
from remoteready.exits import EndedEarly, ExitCode, RemoteReadyError

COMMANDS = ("check", "measure", "plan", "fleet", "profile", "vpn", "snapshot", "reflect")
"""Each is the `app` of the module of that name."""
TRANSLATED = ("check",)
"""What agents run, in their language; the others speak English."""


class Lazy(typer.core.TyperGroup):
    """Imports and builds only the command that runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order a newcomer needs them."""
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is meant; UsageError says which one a misspelt name is close to."""
        if args and args[0] not in COMMANDS and (meant := spelling.nearest(args[0], COMMANDS)):
            ctx.fail(f"No such command {args[0]!r}. Did you mean {meant!r}?")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"remoteready.cli.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="remoteready",
    cls=Lazy,
    # Plain help: it reads the same in every terminal, and Rich's would double the time of --help.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"remoteready {__version__}")
        raise typer.Exit


@app.callback(
    epilog="Exit codes: 0 ready, all limits met · 1 not ready, a limit is broken · 2 wrong usage or an unusable "
    "file · 3 could not be determined · 70 internal error · 130 interrupted."
)
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Is this home desk ready for the shift, and can the network carry all of them?

    Works offline; nothing leaves this computer unless you name a host to reach.
    """


def run(arguments: list[str]) -> int:
    """Run a command line and give its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that is not UTF-8 shows "?" rather than end in an error
            stream.reconfigure(errors="replace")
    language.use(_language(arguments))
    try:
        code = typer.main.get_command(app).main(arguments, prog_name="remoteready", standalone_mode=False)
    except typer.TyperException as error:
        if error.format_message().startswith("Usage:"):  # no arguments: the help is the answer
            return _say(error.format_message())
        said = language.spoken(error.format_message())
        return _say(language.tr("remoteready: {problem} (remoteready --help shows how)").format(problem=said))
    except EndedEarly:
        return ExitCode.INTERRUPTED
    except RemoteReadyError as error:
        return _say(f"remoteready: {language.spoken(str(error))}")
    except SystemExit:  # Typer's way to say that the reader of the help has stopped reading
        return ExitCode.READY
    except OSError as error:  # all others have been told apart: this is the help on a stream that takes no more
        files.silence_stdout()
        return _say(f"remoteready: {language.spoken(f'standard output: {files.reason(error)}')}")
    except typer.Abort:
        raise KeyboardInterrupt from None
    if code == ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return int(code or 0)


def _language(arguments: list[str]) -> str:
    """The reader's language. It is settled before the command line is read: help and errors need it, too."""
    if arguments[:1] not in ([name] for name in TRANSLATED):
        return language.FALLBACK
    from remoteready.language import choice

    return choice.chosen(arguments, os.environ, sys.platform, language.available())


def _say(message: str) -> ExitCode:
    """What a user can mend, on standard error; where that is full or closed, the exit code alone has to say it."""
    with suppress(OSError):
        typer.echo(message, err=True)
    return ExitCode.USAGE
