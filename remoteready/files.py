"""Files in and out: YAML into a checked model with errors a person can act on, and writes that are all or nothing."""

import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from remoteready.exits import UnusableInput, UnusableOutput

LARGEST_BYTES = 1_000_000
"""A profile or scenario is some kilobytes; more is the wrong file."""
DEEPEST = 50
"""No profile or scenario nests half as deep; the C loader would end the process on some thousand levels."""
TRAP = re.compile(r":|^[-+]?0\d")
"""In a number: base 60 or base 8."""
UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]+"
)
"""Control, bidirectional and invisible characters: they could move a cursor or reverse what a person reads."""

Model = TypeVar("Model")
Location = tuple[int | str, ...]


def shipped(folder: str = "") -> Path:
    """The folder of shipped profiles: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "profiles"
    return (inside if inside.is_dir() else package.parent / "profiles") / folder


def find(name: str, folder: str, kind: str) -> Path:
    """The file that a user means: a path as it stands, or a shipped name. UnusableInput lists the names."""
    if name.endswith((".yaml", ".yml")) or "/" in name or os.sep in name:
        return Path(name)
    names = sorted(file.stem for file in shipped(folder).glob("*.yaml"))
    if name in names:
        return shipped(folder) / f"{name}.yaml"
    with suppress(OSError):  # a name that no file can have
        if Path(name).is_file():
            return Path(name)
    raise UnusableInput(f"{name}: no {kind} of this name is shipped (there are: {', '.join(names)}), and no such file")


def read_text(path: Path, largest_bytes: int = LARGEST_BYTES) -> str:
    """The text of a file, UTF-8. UnusableInput says why it cannot be read."""
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise UnusableInput(f"{path}: is a folder; name a file in it")
        with path.open("rb") as file:
            data = file.read(largest_bytes + 1)
    except OSError as error:
        raise UnusableInput(f"{path}: {reason(error)}") from error
    if len(data) > largest_bytes:
        raise UnusableInput(f"{path}: larger than {largest_bytes // 1000} kB; this is not the file that was meant")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnusableInput(f"{path}: line {line}: not UTF-8 text; save the file as UTF-8") from error


def load(
    model: type[Model],
    path: Path,
    name_place: Callable[[Location, Any], str] | None = None,
    fill: Callable[[Any], None] | None = None,
) -> Model:
    """The model that a YAML file holds.

    UnusableInput names the file and the line (bad YAML) or the field (bad value); `name_place` turns a Pydantic
    location and the parsed document into the words for that field. `fill` may add to the document what it refers to.
    """
    document = parse_yaml(read_text(path), str(path))
    if document is None:
        raise UnusableInput(f"{path}: is empty")
    for words in _texts(document):
        if UNSAFE.search(words.replace("\n", " ")):
            raise UnusableInput(f"{path}: {named(words)} has a control character or an invisible one; type it anew")
    from pydantic import TypeAdapter, ValidationError

    try:
        if fill:
            fill(document)
        return TypeAdapter(model).validate_python(document)
    except ValidationError as error:
        # A misspelt field first: it is why another one is missing.
        problems = sorted(error.errors(), key=lambda problem: problem["type"] not in UNKNOWN_FIELD)
        # A list is not too short of itself, but because what is in it is wrong.
        problems = [one for one in problems if one["type"] != "too_short" or not one["input"]] or problems
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        place = (name_place or dotted)(problems[0]["loc"], document)
        raise UnusableInput(f"{path}: {place + ': ' if place else ''}{_problem(problems[0])}{more}") from error
    except UnusableInput as error:  # a limit between fields, from the model itself
        raise UnusableInput(f"{path}: {error}") from error


def _texts(value: Any) -> Iterator[str]:
    """Every text in a parsed document, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from chain.from_iterable(map(_texts, pair))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_texts, value))


KINDS = {
    "int": "must be a whole number, not {given}",
    "decimal": "must be a number, not {given}",
    "float": "must be a number, not {given}",
    "bool": "must be true or false, not {given}",
    "string": "must be text; put quotes around it",
    "date": "must be a date, such as 2026-11-22, not {given}",
    "tuple": "must be a list, each item on a line that begins with a hyphen",
    "dict": "must hold fields, each on a line as name: value",
    "dataclass": "must hold fields, each on a line as name: value",
    "model": "must hold fields, each on a line as name: value",
}
"""The same by the first word of Pydantic's error types: int_type, int_parsing, int_from_float …"""

UNKNOWN_FIELD = ("extra_forbidden", "unexpected_keyword_argument", "invalid_key")
PROBLEMS = {
    "missing": "is missing",
    **dict.fromkeys(UNKNOWN_FIELD, "unknown field; check its spelling"),
    "greater_than": "must be more than {gt}, not {given}",
    "greater_than_equal": "must be at least {ge}, not {given}",
    "less_than_equal": "must be at most {le}, not {given}",
    "finite_number": "must be a number to calculate with, not {given}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must be lower-case letters and digits with single hyphens, such as wired-network",
    "too_short": "must not be empty",
    "enum": "must be {expected}, not {given}",
    "literal_error": "must be {expected}, not {given}",
}
"""Pydantic's error types in words for people who write profiles and scenarios, not programs."""


def _problem(item: Any) -> str:
    kind = item["type"]
    if item["input"] is None and kind.endswith("_type"):
        return "is empty; give it a value"
    words = PROBLEMS.get(kind) or KINDS.get(kind.partition("_")[0])
    if words is None:  # a check of the model itself
        return str(item["msg"]).removeprefix("Value error, ")
    return words.format(given=shown(item["input"]), **item.get("ctx", {}))


def shown(value: Any) -> str:
    """A value from a file on one line: cut short, and no character in it that moves a cursor."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    text = repr(value) if isinstance(value, str | list | dict) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def named(name: str) -> str:
    """A name from a file, quoted only where it could not stand on one line."""
    return name if name.isprintable() and len(name) <= 60 else shown(name)


def dotted(location: Iterable[int | str], document: Any = None) -> str:
    """'sites.lyon.usable_share' for ('sites', 'lyon', 'usable_share')."""
    return ".".join(named(str(part)) for part in location if part != "[key]")


def parse_yaml(text: str, place: str) -> Any:
    """Plain data from YAML: no tags, no anchors, no duplicate keys. UnusableInput names line and column."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _refuse_extras(yaml.parse(text, Loader=loader), place)
        _refuse_traps(yaml.compose(text, Loader=loader), place)
        return yaml.load(text, Loader=loader)  # noqa: S506 – both loaders are the safe ones
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UnusableInput(f"{place}: {where}not valid YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise UnusableInput(f"{place}: not valid YAML: {str(error).splitlines()[0]}") from error


def _refuse_extras(events: Iterable[Any], place: str) -> None:
    """What nobody needs in a profile: tags that name types, anchors that multiply, nesting that never ends."""
    import yaml

    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        at = f"{place}: line {event.start_mark.line + 1}"
        if depth > DEEPEST:
            raise UnusableInput(f"{at}: nested more than {DEEPEST} levels deep")
        if getattr(event, "anchor", None):
            raise UnusableInput(f"{at}: anchors (&) and aliases (*) are not supported; write the value out")
        if getattr(event, "tag", None):
            raise UnusableInput(f"{at}: tags (!) are not supported; put quotes around text that begins with one")


def _refuse_traps(node: Any, place: str) -> None:
    """What YAML reads in silence as something else: the last of two equal keys wins, 5:30 is 330, 010 is 8."""
    import yaml

    if isinstance(node, yaml.ScalarNode) and node.tag.endswith((":int", ":float")) and TRAP.search(node.value):
        at = f"{place}: line {node.start_mark.line + 1}"
        raise UnusableInput(f"{at}: YAML reads {node.value} as another number; write 5.5 for 5:30, and no leading zero")
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_traps(item, place)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            _refuse_traps(key, place)
            if str(key.value) in seen:
                at = f"{place}: line {key.start_mark.line + 1}"
                raise UnusableInput(f"{at}: the key {named(str(key.value))} stands twice; keep one")
            seen.add(str(key.value))
            _refuse_traps(value, place)


def check_writable(path: Path) -> None:
    """Say before the work starts that its result could not be written: UnusableOutput."""
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except OSError as error:  # too long a name, a link that leads back to itself, a file where a folder should be
        raise UnusableOutput(f"{path}: {reason(error)}") from error
    if path.is_dir():
        raise UnusableOutput(f"{path}: is a folder; name a file in it")
    if _is_device(path):
        return
    folder = path.resolve().parent
    if not folder.is_dir():
        raise UnusableOutput(f"{path}: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK):
        raise UnusableOutput(f"{path}: no right to write to the folder {folder}")


def write(path: Path, content: str | bytes) -> None:
    """Write the whole file or leave what was there. Text is UTF-8; devices and pipes are written straight through."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    check_writable(path)
    target = path.resolve()
    try:
        if _is_device(path):
            path.write_bytes(data)
            return
        with _beside(target) as (temporary, descriptor):
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
    except OSError as error:
        raise UnusableOutput(f"{path}: {reason(error)}; nothing was written") from error


def _is_device(path: Path) -> bool:
    """A device or pipe, such as /dev/null: to be written, never to be replaced by a file."""
    return path.exists() and not path.is_file()


@contextmanager
def _beside(target: Path) -> Iterator[tuple[Path, int]]:
    """A new file in the folder of `target`, gone afterwards whatever happens."""
    temporary = target.with_name(f".{target.name[:50]}.{os.urandom(4).hex()}.part")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
    try:
        if mode is not None:
            with suppress(OSError):  # the umask took bits away; some file systems keep none
                temporary.chmod(mode)
        yield temporary, descriptor
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_stdout(text: str, encoding: str | None = None) -> None:
    """Write to standard output, in its own encoding unless one is named.

    A reader that stopped reading (`| head`) has what it wanted: that is no error.
    """
    if sys.stdout is None:
        raise UnusableOutput("standard output: is closed")
    try:
        if encoding and isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding=encoding)
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
    except OSError as error:
        silence_stdout()
        raise UnusableOutput(f"standard output: {reason(error)}") from error


def silence_stdout() -> None:
    """Nothing more can be written: keep the interpreter from trying again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reason(error: OSError) -> str:
    """What the operating system says, without the path that the caller names anyway."""
    return (error.strerror or str(error) or type(error).__name__).lower()
