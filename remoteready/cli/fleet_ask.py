"""`remoteready fleet status`, `why`, `agent`, `trend`, `diff` and `uplinks`: what the stored reports say."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remoteready import files
from remoteready.cli.fleet_store import STORE, KeyOption, StoreOption, key_of, open_store, pseudonym_of
from remoteready.cli.output import Format, OutputOption, deliver
from remoteready.exits import Verdict
from remoteready.fleet.answers import STALE_AFTER_HOURS

if TYPE_CHECKING:
    from remoteready.fleet.answers import Scope
    from remoteready.fleet.people import Question
    from remoteready.fleet.store import Store

app = typer.Typer(rich_markup_mode=None, add_completion=False)

NOW_CODES = (
    "Exit codes: 0 everybody is ready · 1 somebody is not · 3 nobody is known not to be, but for somebody it could not "
    "be told, or there is no recent report. --rule, --since, --until and --limit do not change it."
)
LISTED = {"console": 20, "html": 500}
"""How many people of a kind a person reads where no limit is given; data and tables hold everybody."""


class AnswerFormat(StrEnum):
    """How an answer looks."""

    CONSOLE = "console"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def day(text: str) -> date:
    """A day as a person types it."""
    today = datetime.now(UTC).date()
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        return named.get(text) or date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day; write 2026-11-22, yesterday or today") from None


def _day(flag: str, help: str) -> Any:
    return typer.Option(flag, parser=day, metavar="DATE", help=help)


SiteOption = Annotated[str | None, typer.Option("--site", metavar="NAME", help="Only people of this site.")]
TeamOption = Annotated[str | None, typer.Option("--team", metavar="NAME", help="Only people of this team.")]
PeopleOption = Annotated[
    Path | None,
    typer.Option(
        "--people",
        metavar="CSV",
        help="Only those in the column agent of this file, such as tonight's shift, and by these names: needs the key.",
    ),
]
RuleOption = Annotated[str | None, typer.Option("--rule", metavar="ID", help="Only what is about this rule.")]
SinceOption = Annotated[date | None, _day("--since", "Only what began on this day or later, UTC.")]
UntilOption = Annotated[date | None, _day("--until", "Only what began on this day or before.")]
FirstOption = Annotated[date | None, _day("--since", "From this day on, UTC.")]
LastOption = Annotated[date | None, _day("--until", "Up to this day.")]
ProfileOption = Annotated[
    list[str] | None,
    typer.Option("--profile", "-p", metavar="PROFILE", help="Your profile, for the titles and advice of its rules."),
]
StaleOption = Annotated[
    int, typer.Option("--stale-after", metavar="HOURS", min=1, max=100_000, help="Older reports say nothing of now.")
]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=0, help="Most people in a list; 0 is everybody, as in JSON and CSV."),
]
AnswerOption = Annotated[AnswerFormat, typer.Option("--format", "-f", help="How the answer looks.")]


@app.command(epilog=NOW_CODES)
def status(
    store: StoreOption = STORE,
    site: SiteOption = None,
    team: TeamOption = None,
    people: PeopleOption = None,
    key: KeyOption = None,
    rule: RuleOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    stale_after: StaleOption = STALE_AFTER_HOURS,
    profile: ProfileOption = None,
    limit: LimitOption = None,
    format: AnswerOption = AnswerFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Who is ready, who is not, why and since when, what to tell them, and who did not report?"""
    from remoteready.fleet import advice
    from remoteready.fleet import status as asked
    from remoteready.fleet.answers import Scope

    with _asking(store, Scope(site, team, rule, since, until), stale_after, output, people, key) as question:
        answer = asked.status(question, advice.load(profile or (), question.store), _most(limit, format))
    _deliver("status", answer, format, output)
    raise typer.Exit(answer.verdict.exit_code)


@app.command(epilog=NOW_CODES)
def why(
    store: StoreOption = STORE,
    site: SiteOption = None,
    team: TeamOption = None,
    people: PeopleOption = None,
    key: KeyOption = None,
    rule: RuleOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    stale_after: StaleOption = STALE_AFTER_HOURS,
    profile: ProfileOption = None,
    format: AnswerOption = AnswerFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Which rules keep most people from their shift, and how many would be ready if one were mended?"""
    from remoteready.fleet import advice
    from remoteready.fleet import why as asked
    from remoteready.fleet.answers import Scope

    with _asking(store, Scope(site, team, rule, since, until), stale_after, output, people, key) as question:
        answer = asked.why(question, advice.load(profile or (), question.store))
    _deliver("why", answer, format, output)
    raise typer.Exit(answer.verdict.exit_code)


@app.command(
    epilog="Exit codes: 0 ready · 1 not ready · 3 could not be told, or there is no recent report. Example: "
    "`remoteready fleet agent jdoe --key fleet.key`."
)
def agent(
    who: Annotated[str, typer.Argument(metavar="ID", help="A pseudonym, or an agent's id where the key is at hand.")],
    store: StoreOption = STORE,
    key: KeyOption = None,
    rule: RuleOption = None,
    since: FirstOption = None,
    until: LastOption = None,
    stale_after: StaleOption = STALE_AFTER_HOURS,
    profile: ProfileOption = None,
    format: AnswerOption = AnswerFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """How did one desk come out over time, what does it not meet, and since when?"""
    from remoteready.fleet import advice, history
    from remoteready.fleet.answers import Scope

    with _asking(store, Scope(rule=rule, since=since, until=until), stale_after, output) as question:
        answer = history.history(
            question, pseudonym_of(question.store, who, key), advice.load(profile or (), question.store)
        )
    _deliver("agent", answer, format, output)
    raise typer.Exit(answer.verdict.exit_code)


@app.command(epilog="Exit codes: 0 answered · 3 nobody reported on those days. Without days: the last four weeks.")
def trend(
    store: StoreOption = STORE,
    site: SiteOption = None,
    team: TeamOption = None,
    rule: RuleOption = None,
    since: FirstOption = None,
    until: LastOption = None,
    profile: ProfileOption = None,
    format: AnswerOption = AnswerFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Does it get better or worse: day by day, by rule and by site?

    Days on which fewer than five people of a site reported are not shown.
    """
    from remoteready.fleet import advice
    from remoteready.fleet import trend as asked
    from remoteready.fleet.answers import Scope

    with _asking(store, Scope(site, team, rule, since, until), STALE_AFTER_HOURS, output) as question:
        answer = asked.trend(question, advice.load(profile or (), question.store))
    _deliver("trend", answer, format, output)
    raise typer.Exit((Verdict.READY if answer.reported else Verdict.UNDETERMINED).exit_code)


@app.command(
    epilog="Exit codes: 0 nobody became not ready · 1 somebody did · 3 nobody did, but somebody who was ready is not "
    "known to be. Example: `remoteready fleet diff yesterday today`."
)
def diff(
    first: Annotated[date, typer.Argument(parser=day, metavar="DATE", help="The end of this day, UTC …")],
    second: Annotated[date, typer.Argument(parser=day, metavar="DATE", help="… against the end of this one.")],
    store: StoreOption = STORE,
    site: SiteOption = None,
    team: TeamOption = None,
    people: PeopleOption = None,
    key: KeyOption = None,
    rule: RuleOption = None,
    stale_after: StaleOption = STALE_AFTER_HOURS,
    limit: LimitOption = None,
    format: AnswerOption = AnswerFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Who became not ready from one day to another, and who recovered?"""
    from remoteready.fleet import change
    from remoteready.fleet.answers import Scope

    with _asking(store, Scope(site, team, rule), stale_after, output, people, key) as question:
        answer = change.change(question, first, second)
    _deliver("diff", answer, format, output, limit=_most(limit, format))
    raise typer.Exit(answer.verdict.exit_code)


@app.command(
    epilog="Exit codes: 0 answered · 3 no line was measured. Example: `remoteready fleet uplinks --format csv -o "
    "measured.csv`, then in a scenario of `remoteready plan`: home: {measured: measured.csv}."
)
def uplinks(
    store: StoreOption = STORE,
    site: SiteOption = None,
    team: TeamOption = None,
    people: PeopleOption = None,
    key: KeyOption = None,
    rule: RuleOption = None,
    since: FirstOption = None,
    until: LastOption = None,
    format: AnswerOption = AnswerFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """How fast are the home lines, and how many monitors do the desks have? The CSV is what `plan` takes."""
    from remoteready.fleet import uplinks as asked
    from remoteready.fleet.answers import Scope

    with _asking(store, Scope(site, team, rule, since, until), STALE_AFTER_HOURS, output, people, key) as question:
        answer = asked.uplinks(question)
    _deliver("uplinks", answer, format, output)
    raise typer.Exit((Verdict.READY if answer.measured else Verdict.UNDETERMINED).exit_code)


@contextmanager
def _asking(
    store: Path,
    scope: "Scope",
    stale_after_hours: int,
    output: Path | None,
    people: Path | None = None,
    key: Path | None = None,
) -> Iterator["Question"]:
    """The question, put to the open store now. UnusableInput, UnusableOutput."""
    from remoteready.fleet.people import ask

    if output:
        files.check_writable(output)
    with open_store(store) as opened:
        names = _named(opened, people, key) if people else None
        with ask(opened, scope, datetime.now(UTC), stale_after_hours, names) as question:
            yield question


def _named(store: "Store", people: Path, key: Path | None) -> dict[str, str]:
    """The people in a file by their pseudonyms; noted in the audit log, as it tells who they are."""
    from remoteready.fleet import privacy, roster

    read, made_with = roster.read(people), key_of(store, key)
    with store.transaction():
        store.log(f"asked about {len(read.people)} people by their names")
    return {privacy.pseudonym(made_with, name): name for name in read.people}


def _most(limit: int | None, format: AnswerFormat) -> int | None:
    """How long a list may be; None is without limit."""
    return (LISTED.get(format.value) if limit is None else limit) or None


def _deliver(name: str, answer: Any, format: AnswerFormat, output: Path | None, limit: int | None = None) -> None:
    from remoteready.report.fleet_looks import look

    on_a_terminal = Format.CONSOLE if format is AnswerFormat.CONSOLE else Format.JSON
    deliver(look(name, answer, format.value, limit), output, on_a_terminal)
