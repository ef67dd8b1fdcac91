"""`remoteready measure`: the line from this desk to the site, as raw numbers."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli.output import Format, OutputOption, TableFormat, TableOption, deliver
from remoteready.exits import ExitCode, UnusableInput

if TYPE_CHECKING:
    from remoteready.measure.call import Measurement, Plan
    from remoteready.measure.stream import Stream

EPILOG = (
    "Examples: `remoteready reflect` at the site, then `remoteready measure site.example.com` at the desk; "
    "`remoteready measure site.example.com --no-upload` where data is dear; `remoteready measure site.example.com "
    "--format csv -o packets.csv` for every packet. The exit code is 0 when the line was measured, 3 when it could "
    "not be, or only in part."
)


class CodecName(StrEnum):
    """Whose packets the stream is made of."""

    G711 = "g711"
    G711_NO_PLC = "g711-no-plc"
    G729A = "g729a"
    G723_1 = "g723.1"


class UploadWith(StrEnum):
    """Where full uploads go."""

    SITE = "site"
    IPERF3 = "iperf3"
    SPEEDTEST = "speedtest"


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=EPILOG)
def measure(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Host, or host:port, where the site reflects.")],
    codec: Annotated[CodecName, typer.Option("--codec", help="Whose packets to send.")] = CodecName.G711,
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="N", min=2, max=3600, help="Length of the call alone, seconds.")
    ] = 10,
    no_upload: Annotated[
        bool, typer.Option("--no-upload", help="Only the call: no uploads and no recording beside it.")
    ] = False,
    upload_with: Annotated[
        UploadWith,
        typer.Option(
            "--upload-with",
            help="Where full uploads go: the site itself, an iperf3 server on the same host, or speedtest.net "
            "(indicative, up to 120 MB).",
        ),
    ] = UploadWith.SITE,
    upload_mb: Annotated[
        float, typer.Option("--upload-mb", metavar="N", min=0.1, max=60, help="Full uploads end after so many MB.")
    ] = 8,
    recording_mbps: Annotated[
        float,
        typer.Option(
            "--recording-mbps", metavar="N", min=0.01, max=100, help="Rate at which the desk's recording is uploaded."
        ),
    ] = 0.464,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", metavar="FILE", help="The key that the site shares with its desks.")
    ] = None,
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """How good would a call to the site be over this line, alone and while this desk uploads?

    Sends a stream like a call's to the site, where `remoteready reflect` must run, or another STAMP or TWAMP-Light
    reflector. Delay variation, loss and MOS per direction; clocks need not agree.
    """
    from remoteready.formulas.emodel import CODECS
    from remoteready.measure import call
    from remoteready.measure import target as targets
    from remoteready.measure.upload import Load

    wanted = targets.parse(target)
    if upload_with is not UploadWith.SITE and no_upload:
        raise UnusableInput("--upload-with: not together with --no-upload; leave one out")
    if output:
        files.check_writable(output)
    plan = call.Plan(
        codec=CODECS[codec],
        seconds=seconds,
        load=None if no_upload else Load(megabytes=upload_mb),
        upload_with=upload_with,
        recording_mbps=recording_mbps,
        key=shared_key(key_file) if key_file else None,
    )
    _announce(plan)
    result, stream = call.measure(wanted, plan, _show)
    deliver(_render(result, stream, format), output, Format(format) if format != "csv" else Format.JSON)
    whole = not (result.unknown or result.trouble or result.partial)
    raise typer.Exit(ExitCode.READY if whole else ExitCode.UNDETERMINED)


def shared_key(path: Path) -> bytes:
    """The key in a file, without the end of the line. UnusableInput if it is too short to keep anyone out."""
    key = files.read_text(path).strip().encode()
    if len(key) < 16:
        raise UnusableInput(f"{path}: a key of {len(key)} characters is too short; put at least 16 into it")
    return key


def _announce(plan: "Plan") -> None:
    up, down = plan.most_megabytes
    typer.echo(
        f"Measuring takes about {plan.most_seconds:.0f} s and at most {up:.1f} MB up, {down:.1f} MB down.", err=True
    )


def _show(doing: str) -> None:
    from remoteready.report import line

    typer.echo(f"{line.PHASES[doing]} …", err=True)


def _render(result: "Measurement", stream: "Stream | None", format: TableFormat) -> str:
    from remoteready.report import line

    if format is TableFormat.JSON:
        return line.to_json(result)
    if format is TableFormat.CSV:
        return line.to_csv(result, stream)
    return line.console(result)
