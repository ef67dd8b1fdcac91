"""The entry point of `remoteready` and `python -m remoteready`: whatever happens ends in a documented exit code."""

import os
import signal
import sys
from contextlib import suppress

from remoteready.exits import ExitCode


def main() -> int:
    """Run the command line and give its exit code."""
    for name in ("SIGTERM", "SIGHUP"):  # end as Ctrl-C does: the commands that run are ended too
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        from remoteready import cli  # inside the try: Ctrl-C during the imports ends as cleanly as later

        return cli.run(sys.argv[1:])
    except KeyboardInterrupt:
        return _end("Interrupted; nothing was written.", ExitCode.INTERRUPTED)
    except Exception as error:
        if os.environ.get("REMOTEREADY_TRACEBACK"):
            raise
        return _end(
            f"Internal error: {type(error).__name__}: {error}. This is a bug in remoteready. To report it, run the "
            "same command with REMOTEREADY_TRACEBACK=1 set and send what it prints.",
            ExitCode.INTERNAL,
        )


def _end(message: str, code: ExitCode) -> int:
    from remoteready.language import spoken

    with suppress(OSError):
        sys.stderr.write(f"{spoken(message)}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
