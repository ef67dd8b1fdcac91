"""`remoteready profile new | validate | test | schema`: for people who write profiles and site files."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli.desk import DefineOption, RoleOption, SiteOption, definitions, filled, judged_by
from remoteready.cli.output import Format, OutputOption, TableFormat, TableOption, deliver, save
from remoteready.exits import ExitCode, UnusableInput
from remoteready.language import tr, trn

if TYPE_CHECKING:
    from remoteready.check.profile import Profile
    from remoteready.check.site import Site

NEW_EPILOG = (
    "Examples: `remoteready profile new our-desks` writes our-desks.yaml; `remoteready profile new our-agents --from "
    "goto-agent` begins with a copy of a profile; `remoteready profile new our-site --site` is for hosts, roles and "
    "waivers."
)
VALIDATE_EPILOG = (
    "What cannot work is told as FILE:LINE:COLUMN on standard error, and so is what is worth a second look: limits "
    "older than a year, texts that lack a language, waivers that have ended. Exit codes: 0 all can be used · 2 some "
    "cannot."
)
TEST_EPILOG = (
    "Examples: `remoteready profile test our-desks.yaml recorded/`; `remoteready profile test home-agent a.yaml b.yaml "
    "-D vpn_gateway=vpn.example.com:443 --format csv`. `remoteready snapshot FILE` records a machine. Exit codes: 0 "
    "all are ready · 1 some are not · 2 a file cannot be used · 3 none is unready, but some could not be told."
)


def new(
    name: Annotated[
        str, typer.Argument(metavar="[NAME|FILE]", help="What it is called (our-desks, our-site).", show_default=False)
    ] = "",
    original: Annotated[
        str, typer.Option("--from", metavar="NAME|FILE", help="Begin with a copy of this profile.", show_default=False)
    ] = "",
    site: Annotated[bool, typer.Option("--site", help="Write a site file: hosts, roles, waivers, decisions.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is already there.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it (NAME.yaml).")
    ] = None,
) -> None:
    """Write a profile to start from, which explains itself and can be used as it is."""
    if site and original:
        raise UnusableInput("--from: begins a profile, not a site file; leave out --site")
    if name.endswith((".yaml", ".yml")) and output is None:
        name, output = "", Path(name)
    name = name or (output.stem if output else "our-site" if site else "our-desks")
    path = output or Path(f"{name}.yaml")
    if path.is_file() and not overwrite:
        raise UnusableInput(f"{path}: is already there; name another file with -o, or add --overwrite to replace it")
    from remoteready.check import starters

    starters.check_name(name)
    day = _today()
    if site:
        text = starters.new_site(name, day)
    else:
        text = starters.copied_profile(original, name) if original else starters.new_profile(name, day)
    save(text, path)
    words = tr("Change it, then: remoteready profile validate {path}; remoteready check {option} {path}")
    typer.echo(words.format(path=path, option="--site" if site else "-p"), err=True)


def validate(
    names: Annotated[list[str], typer.Argument(metavar="FILE…", help="Profiles and site files.", show_default=False)],
) -> None:
    """Check that profiles and site files can be used; say line and column of what cannot."""
    code = ExitCode.READY
    for name in names:
        try:
            typer.echo(_validated(name, _today()))
        except UnusableInput as error:
            typer.echo(str(error), err=True)
            code = ExitCode.USAGE
    raise typer.Exit(code)


def _validated(name: str, day: date) -> str:
    """What a file holds that can be used; what is worth a second look goes to standard error. UnusableInput."""
    from remoteready.check import profile
    from remoteready.check import site as sites

    path = files.find(name, "", "profile")
    if sites.is_site(path):
        own = sites.load(str(path))
        for role in own.roles or [None]:
            judged_by(None, path, role, day)
        _remark(path, own, day)
        held = trn("{n} role", "{n} roles", len(own.roles)).format(n=len(own.roles))
        return tr("{name}: site {id}, {held}, can be used").format(name=name, id=own.id, held=held)
    chosen = profile.load(name)
    _remark(path, chosen, day)
    held = trn("{n} rule", "{n} rules", len(chosen.rules)).format(n=len(chosen.rules))
    words = tr("{name}: profile {id} {version}, {held}, can be used")
    return words.format(name=name, id=chosen.id, version=chosen.version, held=held)


def _remark(path: Path, loaded: "Profile | Site", day: date) -> None:
    """Say on standard error what is worth a second look."""
    from remoteready.check import profile, remarks

    for remark in remarks.remarks(loaded, day):
        field = profile.name_place(remark.at, files.read_yaml(path))
        typer.echo(f"{files.place(path, remark.at)}: {tr('worth a look')}: {field}: {remark.words}", err=True)


def rehearse(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="A shipped profile, or a file.")],
    snapshots: Annotated[list[Path], typer.Argument(metavar="SNAPSHOT…", help="Recorded machines, or their folders.")],
    more: Annotated[
        list[str] | None,
        typer.Option("--profile", "-p", metavar="NAME|FILE", help="A further profile: the strictest limit counts."),
    ] = None,
    site: SiteOption = None,
    role: RoleOption = None,
    define: DefineOption = None,
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Show what a profile would say on recorded machines, before any agent is judged by it.

    Variables are those of -D, else as each machine was recorded.
    """
    given = definitions(define)
    if output:
        files.check_writable(output)
    from remoteready.check import trials
    from remoteready.report import rows
    from remoteready.report import trials as report
    from remoteready.report.progress import bar

    chosen = judged_by([profile, *(more or [])], site, role, _today())
    chosen.whole.addresses(given)  # a misspelt -D is said once, not for every machine
    machines = trials.machines(snapshots)
    with bar(len(machines), tr("machines")) as move:
        found = trials.trials(
            chosen, machines, lambda host: filled(chosen, given, host.values), _today(), lambda done: move(done, done)
        )
    if format is TableFormat.JSON:
        deliver(found.model_dump_json(indent=2) + "\n", output)
    elif format is TableFormat.CSV:
        deliver(rows.to_csv(report.found(found)), output)
    else:
        deliver(report.to_console(found), output, Format.CONSOLE)
    raise typer.Exit(found.exit_code)


def schema(
    site: Annotated[bool, typer.Option("--site", help="That of a site file.")] = False, output: OutputOption = None
) -> None:
    """Print the JSON Schema of a profile, for editors that complete and check YAML."""
    from remoteready.check import profile
    from remoteready.check import site as sites

    deliver(profile.schema(sites.Site if site else profile.Profile), output)
    if output:
        words = tr("For editors, as the first line of a file beside it: # yaml-language-server: $schema={name}")
        typer.echo(words.format(name=output.name), err=True)


def _today() -> date:
    """By the calendar of the person at the desk."""
    return datetime.now(UTC).astimezone().date()
