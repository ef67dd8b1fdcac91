"""`remoteready snapshot`: what the sources of this workstation said, in one file without names."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli.desk import (
    BETWEEN,
    DefineOption,
    ProfilesOption,
    addresses,
    announce_line,
    definitions,
    judged_by,
)
from remoteready.cli.key import KeyOption
from remoteready.language import tr

if TYPE_CHECKING:
    from remoteready.check.facts import Facts

EPILOG = (
    "Examples: `remoteready snapshot desk.yaml`, then `remoteready check --from desk.yaml` on any computer. The file "
    "is what a bug report needs: send it when `check` says something wrong."
)


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=EPILOG)
def snapshot(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.", show_default=False)],
    profile: ProfilesOption = None,
    define: DefineOption = None,
    key_file: KeyOption = None,
) -> None:
    """Record what every source of this desk says, without names, for support and bug reports.

    Serial numbers, hardware and network addresses, network names, people and computers are replaced by stand-ins.
    Nothing is sent: look through the file before you do.
    """
    values = definitions(define)
    files.check_writable(file)
    from remoteready.check import identity
    from remoteready.check import snapshot as snapshots
    from remoteready.check.collect import collect
    from remoteready.check.facts import every
    from remoteready.check.host import LiveHost
    from remoteready.check.redaction import Redaction
    from remoteready.report.progress import progress

    judged = judged_by(profile, None, None, datetime.now(UTC).date())
    chosen = judged.whole
    targets, clients = addresses(chosen, values, key_file), chosen.recording_clients
    wanted = every(targets, clients)
    announce_line(wanted, targets)
    with LiveHost() as live:
        seen = snapshots.Recorder(live)
        with progress() as show:
            facts = collect(seen, wanted, targets, show, clients)
        hosts = {name: address.host for name, address in targets.items()}
        names = Redaction(seen.sources, people=identity.people(), hosts=identity.computer_names(live), targets=hosts)
    held = snapshots.Held(
        system=seen.system,
        profile=BETWEEN.join(one.id for one in judged.profiles),
        values={name: names.text(value) for name, value in values.items()},
        sources=names.sources(seen.sources),
        took_ms={names.question(question.asked): question.took_ms or 0.0 for question in seen.questions},
    )
    again = snapshots.parse(snapshots.dump(held), str(file))
    differ = _different(facts, collect(again, wanted, chosen.addresses(again.values), recorders=clients))
    files.write(file, snapshots.dump(held, differ))
    typer.echo(tr("Written: {file}, {count} sources").format(file=file, count=len(held.sources)), err=True)
    if differ:
        words = tr(
            "On another computer these facts come out otherwise than here, as they rest on a name: {facts}. Say so."
        )
        typer.echo(words.format(facts=", ".join(differ)), err=True)


def _different(facts: "Facts", again: "Facts") -> list[str]:
    """The facts whose value a replay does not tell as the desk did; their evidence may hold a name."""
    from remoteready.check.facts import declaration

    different = []
    for name, fact in facts.items():
        declared = declaration(name)
        free_text = declared is not None and declared.type is str and not declared.choices
        here, there = fact.value, again[name].value
        if (here is None) != (there is None) or (here != there and not free_text):
            different.append(name)
    return different
