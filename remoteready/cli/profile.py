"""`remoteready profile`: see, write and validate what desks are judged by."""

from typing import Annotated

import typer

from remoteready.cli.output import Format, deliver

app = typer.Typer(
    help="See, write and check the profiles that desks are judged by.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)

Name = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped profile, or a file.")]


@app.command("list")
def list_() -> None:
    """List the shipped profiles."""
    from remoteready.check import profile
    from remoteready.report import console

    deliver(console.profiles([profile.load(str(path)) for path in profile.shipped_profiles()]), None, Format.CONSOLE)


@app.command()
def show(name: Name) -> None:
    """Show what a profile demands, why, and whose limits they are."""
    from remoteready.check import profile
    from remoteready.report import console

    deliver(console.profile(profile.load(name)), None, Format.CONSOLE)


@app.command()
def validate(names: Annotated[list[str], typer.Argument(metavar="FILE…", help="Profile files.")]) -> None:
    """Check that profiles can be used: exit code 2 names file, rule and field."""
    from remoteready.check import profile

    for name in names:
        chosen = profile.load(name)
        typer.echo(f"{name}: profile {chosen.id} {chosen.version}, {len(chosen.rules)} rules, can be used")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a profile, for editors that complete and check YAML."""
    from remoteready.check import profile

    deliver(profile.schema(), None)


@app.command()
def facts() -> None:
    """List every fact that a rule can judge."""
    from remoteready.report import console

    deliver(console.facts(), None, Format.CONSOLE)
