"""`remoteready measure`: the line from this desk to the site, as raw numbers."""

from contextlib import suppress
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli import beside
from remoteready.cli import soak as soaking
from remoteready.cli.key import KeyOption, shared_key
from remoteready.cli.output import Format, OutputOption, TableFormat, TableOption, deliver
from remoteready.exits import EndedEarly, ExitCode, UnusableInput
from remoteready.language import spoken

if TYPE_CHECKING:
    from remoteready.measure.call import Measurement
    from remoteready.measure.phases import Plan
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
    LIBRESPEED = "librespeed"
    NDT7 = "ndt7"


def finite(value: float) -> float:
    """The number, if it is one to calculate with."""
    if not isfinite(value):
        raise typer.BadParameter("must be a number to calculate with")
    return value


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=EPILOG)
def measure(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Host, or host:port, where the site reflects.")],
    codec: Annotated[CodecName, typer.Option("--codec", help="Whose packets to send.")] = CodecName.G711,
    seconds: Annotated[
        float,
        typer.Option(
            "--seconds", callback=finite, metavar="N", min=2, max=3600, help="Length of the call alone, seconds."
        ),
    ] = 10,
    no_upload: Annotated[
        bool, typer.Option("--no-upload", help="Only the call: no uploads and no recording beside it.")
    ] = False,
    upload_with: Annotated[
        UploadWith,
        typer.Option(
            "--upload-with",
            help="Where full uploads go: the site itself, an iperf3 server on the same host, a LibreSpeed "
            "or an ndt7 server (--upload-url), or speedtest.net (indicative, up to 120 MB).",
        ),
    ] = UploadWith.SITE,
    upload_mb: Annotated[
        float,
        typer.Option(
            "--upload-mb", callback=finite, metavar="N", min=0.1, max=60, help="Full uploads end after so many MB."
        ),
    ] = 8,
    recording_mbps: Annotated[
        float,
        typer.Option(
            "--recording-mbps",
            callback=finite,
            metavar="N",
            min=0.01,
            max=100,
            help="Rate at which the desk's recording is uploaded.",
        ),
    ] = 0.464,
    key_file: KeyOption = None,
    vpn: beside.VpnOption = None,
    stun: beside.StunOption = None,
    compare_vpn: beside.CompareOption = False,
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
    soak: Annotated[
        str | None,
        typer.Option(
            "--soak",
            metavar="TIME",
            help="Only the call, for so long, such as 30m or 8h: what was worst, and when. Ctrl-C ends it early and "
            "shows what was measured.",
        ),
    ] = None,
    upload_url: Annotated[
        str | None,
        typer.Option(
            "--upload-url", metavar="URL", help="Of the LibreSpeed or ndt7 server, such as https://speed.example.com"
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask on a metered link.")] = False,
) -> None:
    """How good would a call to the site be over this line, alone and while this desk uploads?

    Sends a stream like a call's to the site, where `remoteready reflect` must run, or another STAMP or TWAMP-Light
    reflector. Delay variation, loss and MOS per direction; clocks need not agree. Also which leg of the way is bad,
    whether a VPN carries the traffic, and plain round trips where nobody reflects.
    """
    from remoteready.formulas.emodel import CODECS
    from remoteready.measure import around, librespeed, ndt7, phases
    from remoteready.measure import target as targets
    from remoteready.measure.upload import Load

    wanted = targets.parse(target)
    if upload_with is not UploadWith.SITE and no_upload:
        raise UnusableInput("--upload-with: not together with --no-upload; leave one out")
    if compare_vpn and format is TableFormat.CSV:
        raise UnusableInput("--compare-vpn: not together with --format csv; leave one out")
    if compare_vpn:
        beside.refuse_without_terminal()
    servers = {UploadWith.LIBRESPEED: librespeed.server, UploadWith.NDT7: ndt7.server}
    if (upload_with in servers) != (upload_url is not None):
        raise UnusableInput("--upload-with librespeed or ndt7 and --upload-url URL go together: name both")
    if upload_url is not None:
        servers[upload_with](upload_url)
    if output:
        files.check_writable(output)
    if soak is not None and upload_with is not UploadWith.SITE:
        raise UnusableInput("--soak: uploads nothing; leave out --upload-with")
    if soak is not None:
        soaking.run(wanted, CODECS[codec], soak, shared_key(key_file), format, output, yes)
        return
    plan = phases.Plan(
        codec=CODECS[codec],
        seconds=seconds,
        load=None if no_upload else Load(megabytes=upload_mb),
        upload_with=upload_with,
        recording_mbps=recording_mbps,
        key=shared_key(key_file),
        upload_url=upload_url or "",
    )
    look_at = beside.beside(wanted, vpn, stun)
    announce(plan, around.EXTRA_S, times=2 if compare_vpn else 1)
    if plan.load:
        soaking.agree(yes)
    result, stream = around.measure(wanted, plan, look_at, _show)
    results = [result]
    if compare_vpn and not result.interrupted and beside.ask_to_switch(result.route):
        with suppress(KeyboardInterrupt):  # ended before the second call began: the first is there
            results.append(around.measure(wanted, plan, beside.beside(wanted, vpn, stun), _show)[0])
    shown = _render_both(result, results[1], format) if len(results) > 1 else _render(result, stream, format)
    deliver(shown, output, Format(format) if format != "csv" else Format.JSON)
    if results[-1].interrupted or (compare_vpn and len(results) < 2):
        raise EndedEarly
    missing = [reason for one in results for reason in _missing(one, plan)]
    if missing and format is TableFormat.CSV:
        typer.echo(f"Not all was measured: {missing[0]}", err=True)
    raise typer.Exit(ExitCode.UNDETERMINED if missing else ExitCode.READY)


def _missing(result: "Measurement", plan: "Plan") -> list[str]:
    """Why some of what was wanted could not be measured; empty when all of it was."""
    reasons = [result.unknown, result.trouble, result.partial]
    if plan.load:
        reasons += [one.unknown for one in (result.upload, result.recording) if one and one.mbps is None]
    return [reason for reason in reasons if reason]


def announce(plan: "Plan", extra_s: float = 0, times: int = 1) -> None:
    """Say on standard error how many seconds, with what is done beside it, and megabytes a measurement will take."""
    up, down = (megabytes * times for megabytes in plan.most_megabytes)
    seconds = (plan.most_seconds + extra_s) * times
    said = f"Measuring takes about {seconds:.0f} s and at most {up:.1f} MB up, {down:.1f} MB down."
    typer.echo(spoken(said), err=True)


def _show(doing: str) -> None:
    from remoteready.report import line

    typer.echo(f"{line.DOING[doing]} …", err=True)


def _render(result: "Measurement", stream: "Stream | None", format: TableFormat) -> str:
    from remoteready.report import line

    if format is TableFormat.JSON:
        return line.to_json(result)
    if format is TableFormat.CSV:
        return line.to_csv(result, stream)
    return line.console(result)


def _render_both(first: "Measurement", second: "Measurement", format: TableFormat) -> str:
    from remoteready.measure.comparison import compare
    from remoteready.report import surroundings

    both = compare(first, second)
    return surroundings.comparison_json(both) if format is TableFormat.JSON else surroundings.comparison(both)
