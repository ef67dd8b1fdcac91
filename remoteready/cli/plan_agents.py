"""`remoteready plan agents`: agents and trunks for calls that come at one rate."""

from decimal import Decimal
from typing import Annotated, Any

import typer

from remoteready import files
from remoteready.cli.output import Format, OutputOption, TableFormat, TableOption, deliver
from remoteready.cli.plan_options import number

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EPILOG = (
    "Service level is the share of offered calls that are answered in time. Examples: `remoteready plan agents --calls "
    "360 --minutes 30 --aht 240 --shrinkage 0.3`; `remoteready plan agents --calls 48 --minutes 1 --aht 60 --patience "
    "120`; `remoteready plan agents --calls 100 --aht 180 --blocking 0.01`. For a whole day: `remoteready plan "
    "intervals`."
)


def _number(flag: str, help: str) -> Any:
    return typer.Option(flag, parser=number, metavar="NUMBER", help=help)


@app.command("agents", epilog=EPILOG)
def agents(
    calls: Annotated[Decimal, _number("--calls", "Calls that come.")],
    aht: Annotated[Decimal, _number("--aht", "Average handle time, seconds.")],
    minutes: Annotated[Decimal, _number("--minutes", "In how many minutes they come (60).")] = Decimal(60),
    service_level: Annotated[
        Decimal, _number("--service-level", "Share of the calls to answer in time, 0–1 (0.8).")
    ] = Decimal("0.8"),
    answer_within: Annotated[
        Decimal, _number("--answer-within", "Within which seconds calls are to be answered (20).")
    ] = Decimal(20),
    asa: Annotated[Decimal | None, _number("--asa", "Instead: average speed of answer, seconds.")] = None,
    patience: Annotated[
        Decimal | None, _number("--patience", "Seconds after which callers give up on average (Erlang A).")
    ] = None,
    most_occupancy: Annotated[
        Decimal, _number("--most-occupancy", "Share of their time that agents may be busy, 0–1 (1).")
    ] = Decimal(1),
    shrinkage: Annotated[
        Decimal, _number("--shrinkage", "Share of paid time in which agents are not there, 0–1 (0).")
    ] = Decimal(0),
    blocking: Annotated[
        Decimal | None, _number("--blocking", "Also trunks: share of calls that may find all busy, 0–1.")
    ] = None,
    sources: Annotated[
        int | None, typer.Option("--sources", metavar="N", min=1, help="Only so many may call at all (Engset).")
    ] = None,
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """How many agents and trunks do calls need, and what do callers then meet? Erlang C, A, B and Engset."""
    from remoteready.plan.agents import Ask, answers
    from remoteready.report import rows, searches

    for flag, value, least in (("--calls", calls, 0), ("--aht", aht, 0), ("--minutes", minutes, 0)):
        if not value.is_finite() or value <= least or value > 10**9:
            raise typer.BadParameter(f"{flag}: must be more than {least} and at most {10**9:,}, not {value}")
    if output:
        files.check_writable(output)
    ask = Ask(
        calls=float(calls),
        minutes=float(minutes),
        aht_s=float(aht),
        service_level=float(service_level),
        answer_within_s=float(answer_within),
        asa_s=None if asa is None else float(asa),
        patience_s=None if patience is None else float(patience),
        most_occupancy=float(most_occupancy),
        shrinkage=float(shrinkage),
        blocking=None if blocking is None else float(blocking),
        sources=sources,
    )
    found = searches.answered(answers(ask))
    if format is TableFormat.CONSOLE:
        deliver(
            rows.to_console(searches.in_words(found), f"{calls:f} calls in {minutes:f} minutes"), output, Format.CONSOLE
        )
    else:
        deliver((rows.to_csv if format is TableFormat.CSV else rows.to_json)(found), output)
