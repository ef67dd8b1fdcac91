"""`remoteready profile`: see, write and validate what desks are judged by."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from remoteready.cli import authoring
from remoteready.cli.desk import RoleOption, SiteOption, judged_by
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
def show(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME|FILE]…", help="Shipped profiles or files.", show_default=False)
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", "-p", metavar="NAME|FILE", help="The same, as `check` takes them.")
    ] = None,
    site: SiteOption = None,
    role: RoleOption = None,
) -> None:
    """Show what profiles demand, alone or together, and whose limits.

    Of several, and with a site file, it is what they demand together: the strictest limit, with those it covers.
    """
    day = datetime.now(UTC).date()
    chosen = judged_by([*(names or []), *(profile or [])], site, role, day)
    from remoteready.report import profiles

    deliver(profiles.show(chosen, day), None, Format.CONSOLE)


@app.command()
def diff(one: Name, other: Name) -> None:
    """Show how two profiles differ.

    What only one demands, where their limits are not alike, and which no desk can meet together.
    """
    from remoteready.check import profile
    from remoteready.report import profiles

    deliver(profiles.difference(profile.load(one), profile.load(other)), None, Format.CONSOLE)


app.command(epilog=authoring.NEW_EPILOG)(authoring.new)
app.command(epilog=authoring.VALIDATE_EPILOG)(authoring.validate)
app.command("test", epilog=authoring.TEST_EPILOG)(authoring.rehearse)
app.command()(authoring.schema)


@app.command()
def facts() -> None:
    """List every fact that a rule can judge."""
    from remoteready.report import console

    deliver(console.facts(), None, Format.CONSOLE)
