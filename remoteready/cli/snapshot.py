"""`remoteready snapshot`: what the sources of this workstation said, in one file without names."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli.desk import DefineOption, ProfileOption, definitions, redaction
from remoteready.language import tr

if TYPE_CHECKING:
    from remoteready.check.facts import Facts
    from remoteready.check.redaction import Redaction

EPILOG = (
    "Examples: `remoteready snapshot desk.yaml`, then `remoteready check --from desk.yaml` on any computer. The file "
    "is what a bug report needs: send it when `check` says something wrong."
)


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=EPILOG)
def snapshot(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.", show_default=False)],
    profile: ProfileOption = "home-agent",
    define: DefineOption = None,
) -> None:
    """Record what every source of this desk says, without names, for support and bug reports.

    Serial numbers, hardware and network addresses, network names, people and computers are replaced by stand-ins.
    Nothing is sent: look through the file before you do.
    """
    values = definitions(define)
    files.check_writable(file)
    from remoteready.check import profile as profiles
    from remoteready.check import snapshot as snapshots
    from remoteready.check.collect import collect
    from remoteready.check.facts import every
    from remoteready.check.host import LiveHost
    from remoteready.report.progress import progress

    chosen = profiles.load(profile)
    targets, clients = chosen.addresses(values), chosen.recording_clients
    wanted = every(targets, clients)
    with LiveHost() as live:
        seen = snapshots.Recorder(live)
        with progress() as show:
            facts = collect(seen, wanted, targets, show, clients)
        names = redaction(live, seen.sources, targets)
    sources, values = names.sources(seen.sources), names.plain(values)
    took_ms = {names.text(question.asked): question.took_ms or 0.0 for question in seen.questions}
    text = snapshots.dump(seen.system, sources, values, took_ms)
    files.write(file, text)

    again = snapshots.parse(text, str(file))
    targets = chosen.addresses(again.values)
    differ = _different(facts, collect(again, wanted, targets, recorders=clients), names)
    typer.echo(tr("Written: {file}, {count} sources").format(file=file, count=len(sources)), err=True)
    if differ:
        typer.echo(
            tr("Without the names these facts come out otherwise: {facts}").format(facts=", ".join(differ)), err=True
        )


def _different(facts: "Facts", again: "Facts", names: "Redaction") -> list[str]:
    """The facts that a replay does not tell as the desk did, names apart."""
    told = {name: names.plain(fact.model_dump(exclude={"took_ms"})) for name, fact in facts.items()}
    return [name for name, fact in again.items() if told[name] != fact.model_dump(exclude={"took_ms"})]
