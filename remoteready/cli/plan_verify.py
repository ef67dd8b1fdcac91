"""`remoteready plan verify`: the formulas beside a simulation of the same scenario."""

from typing import Annotated

import typer

from remoteready import files
from remoteready.cli.output import Format, OutputOption, deliver
from remoteready.cli.plan_options import PageFormat, PageOption
from remoteready.exits import ExitCode

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EPILOG = (
    "Exit codes: 0 all rows agree, or have no answer, as the load is not below the link · 1 a row differs. "
    "Examples: `remoteready plan verify`; `remoteready plan verify my-scenario.yaml --seed 7`."
)


@app.command("verify", epilog=EPILOG)
def verify(
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help="A scenario file, or the name of a shipped one.")
    ] = "home-lines",
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, max=2**63, help="Another seed draws other calls.")
    ] = 1,
    format: PageOption = PageFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Can the formulas be believed? The scenario's calls and uploads by formula, beside a simulation of them.

    The simulation shares nothing with the formulas; the same seed gives the same run.
    """
    from remoteready.plan import scenario as scenarios
    from remoteready.plan import verify as proof
    from remoteready.plan.agreement import Agreement
    from remoteready.report import verification as report
    from remoteready.report.progress import steps
    from remoteready.report.rows import to_csv

    if output:
        files.check_writable(output)
    wanted = scenarios.load(scenario)
    with steps("uploads") as watched_by:
        found = proof.verify_scenario(wanted, seed, watched_by)
    if format is PageFormat.CONSOLE:
        deliver(report.verification(found), output, Format.CONSOLE)
    elif format is PageFormat.HTML:
        from remoteready.report import html

        deliver(html.table(report.page(found)), output, Format.HTML)
    else:
        deliver(proof.to_json(found) if format is PageFormat.JSON else to_csv(report.rows(found)), output)
    differs = found.agreement is Agreement.DIFFERS
    raise typer.Exit(ExitCode.NOT_READY if differs else ExitCode.READY)
