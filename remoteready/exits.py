"""Exit codes, the verdict they say, and the errors that end a command early."""

from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """What a command's exit status means. Every other number is reserved."""

    READY = 0
    NOT_READY = 1
    USAGE = 2
    UNDETERMINED = 3
    INTERNAL = 70
    INTERRUPTED = 130


class Verdict(StrEnum):
    """The one answer of a run: a limit is broken, all are met, or it could not be told."""

    READY = "ready"
    NOT_READY = "not_ready"
    UNDETERMINED = "undetermined"

    @property
    def exit_code(self) -> ExitCode:
        """The only place where a verdict becomes an exit code."""
        return ExitCode[self.name]


class EndedEarly(Exception):
    """A person ended it, and what there was by then is delivered. Ends in exit code 130."""


class RemoteReadyError(Exception):
    """What a user can mend: one line that names the place and the remedy. Ends in exit code 2.

    RemoteReadyError
    ├── UnusableInput    a file, an option or a profile that cannot be used
    │   └── Misfit       a field of a model that cannot be as it is
    └── UnusableOutput   a place that cannot be written
    """

    exit_code = ExitCode.USAGE


class UnusableInput(RemoteReadyError):
    """A file, an option or a profile that cannot be used."""


class Misfit(UnusableInput, ValueError):
    """A field that does not fit the others of its model; `at` leads to it from there, `of` names the model.

    A ValueError, because Pydantic adds to one where in the file the model stands, so that line and column can be told.
    """

    def __init__(self, problem: str, *at: int | str, of: str = "") -> None:
        place = ", ".join(filter(None, [of, ".".join(map(str, at))]))
        super().__init__(": ".join(filter(None, [place, problem])))
        self.problem = problem
        self.at = at


class UnusableOutput(RemoteReadyError):
    """A place that the result cannot be written to."""
