"""`remoteready reflect`: the far end of `remoteready measure`, run by IT at the site."""

import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated

import typer

from remoteready.exits import RemoteReadyError, UnusableInput
from remoteready.measure import PORT

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EPILOG = (
    "Examples: `remoteready reflect`; `remoteready reflect --key-file desks.key` where only desks with the same key "
    "may measure. Let UDP and TCP to the port through the firewall. docs/remoteready-reflect.service keeps it running."
)


class UnusablePort(RemoteReadyError):
    """A port that cannot be listened on."""


@app.command(epilog=EPILOG)
def reflect(
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=1, max=65535, help="UDP and TCP port to listen on.")
    ] = PORT,
    bind: Annotated[
        str | None,
        typer.Option(
            "--bind",
            metavar="ADDRESS",
            help="Listen on this address only; all by default. Where there are several, and elsewhere than on Linux, "
            "name the one that desks reach.",
        ),
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", metavar="FILE", help="Answer only desks that have the same key.")
    ] = None,
    packets_per_second: Annotated[
        int, typer.Option("--packets-per-second", metavar="N", min=50, help="Most for one address; a call is 50.")
    ] = 500,
    sessions: Annotated[
        int, typer.Option("--sessions", metavar="N", min=1, max=100_000, help="Most streams at the same time.")
    ] = 1000,
    upload_mb: Annotated[
        int, typer.Option("--upload-mb", metavar="N", min=1, help="Most that one upload may bring, MB.")
    ] = 64,
    upload_mb_per_hour: Annotated[
        int,
        typer.Option(
            "--upload-mb-per-hour",
            metavar="N",
            min=1,
            help="Most that one address, be it of an office, may upload in an hour, MB.",
        ),
    ] = 1000,
    no_upload: Annotated[bool, typer.Option("--no-upload", help="Take no uploads: streams only.")] = False,
) -> None:
    """Answer the calls and uploads that desks measure their line with. Runs until Ctrl-C.

    A STAMP session-reflector (RFC 8762) and a counter of uploads. It needs no rights, writes nothing, forgets a desk
    half a minute after its last packet, and never answers with more than it was sent.
    """
    from remoteready.cli.key import shared_key
    from remoteready.measure import reflector, sink, site

    key = shared_key(key_file)
    limits = reflector.Limits(sessions=sessions, packets_per_second=packets_per_second)
    of_uploads = sink.Limits(megabytes=upload_mb, megabytes_per_hour=max(upload_mb, upload_mb_per_hour))
    uploads = None if no_upload else sink.Sink(key, of_uploads)
    stop, stopped = socket.socketpair()
    with stop, stopped, ExitStack() as stack:
        try:
            opened = site.opened(port, bind, reflector.Reflector(key, limits, port), uploads)
            open_site = stack.enter_context(opened)
        except ValueError:
            raise UnusableInput(f"--bind {bind}: is not an address; write one such as 192.0.2.7") from None
        except OSError as error:
            remedy = "name another with --port, or an address of this computer with --bind"
            raise UnusablePort(f"port {port}: {(error.strerror or str(error)).lower()}; {remedy}") from None
        who = "desks with the key" if key else "everyone; --key-file limits that"
        with suppress(KeyboardInterrupt):  # the way to end it
            typer.echo(f"Listening on {', '.join(open_site.addresses)} for {who}. Ctrl-C ends it.", err=True)
            open_site.serve(stopped)
        typer.echo("Ended.", err=True)
