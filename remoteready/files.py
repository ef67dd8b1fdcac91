"""Files in and out: YAML into a checked model with errors a person can act on, and writes that are all or nothing."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from remoteready.exits import UnusableInput, UnusableOutput

LARGEST_BYTES = 1_000_000
"""A profile or scenario is some kilobytes; more is the wrong file."""

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
    path = shipped(folder) / f"{name}.yaml"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in shipped(folder).glob("*.yaml")))
        raise UnusableInput(
            f"{name}: no {kind} of this name is shipped (there are: {names}), and no such file"
        )
    return path


def read_text(path: Path) -> str:
    """The text of a file, UTF-8. UnusableInput says why it cannot be read."""
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise UnusableInput(f"{path}: is a folder; name a file in it")
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UnusableInput(f"{path}: {reason(error)}") from error
    if len(data) > LARGEST_BYTES:
        raise UnusableInput(
            f"{path}: larger than {LARGEST_BYTES // 1000} kB; this is not a profile or scenario"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnusableInput(f"{path}: line {line}: not UTF-8 text; save the file as UTF-8") from error


def load(model: type[Model], path: Path, name_place: Callable[[Location, Any], str] | None = None) -> Model:
    """The model that a YAML file holds.

    UnusableInput names the file and the line (bad YAML) or the field (bad value); `name_place` turns a Pydantic
    location and the parsed document into the words for that field.
    """
    document = parse_yaml(read_text(path), str(path))
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(model).validate_python(document)
    except ValidationError as error:
        problems = [_problem(item, document, name_place) for item in error.errors()]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UnusableInput(f"{path}: {problems[0]}{more}") from error
    except UnusableInput as error:  # a limit between fields, from the model itself
        raise UnusableInput(f"{path}: {error}") from error


def _problem(item: Any, document: Any, name_place: Callable[[Location, Any], str] | None) -> str:
    place = (name_place or _dotted)(item["loc"], document)
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        message = "unknown field; check its spelling"
    elif item["type"] in {"missing", "missing_keyword_only_argument"}:
        message = "is missing"
    return f"{place}: {message}" if place else message


def _dotted(location: Location, document: Any) -> str:
    return ".".join(str(part) for part in location)


def parse_yaml(text: str, place: str) -> Any:
    """Plain data from YAML: no tags, no anchors, no duplicate keys. UnusableInput names line and column."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1
                raise UnusableInput(
                    f"{place}: line {line}: anchors and aliases are not supported; write the value out"
                )
        node = yaml.compose(text, Loader=loader)
        _refuse_duplicates(node, place)
        return yaml.load(text, Loader=loader)  # noqa: S506 – both loaders are the safe ones
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UnusableInput(f"{place}: {where}not valid YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise UnusableInput(f"{place}: not valid YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise UnusableInput(f"{place}: nested too deeply") from error


def _refuse_duplicates(node: Any, place: str) -> None:
    """YAML lets the last of two equal keys win in silence; here the second one is an error."""
    import yaml

    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_duplicates(item, place)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if str(key.value) in seen:
                line = key.start_mark.line + 1
                raise UnusableInput(f"{place}: line {line}: the key {key.value!r} stands twice; keep one")
            seen.add(str(key.value))
            _refuse_duplicates(value, place)


def check_writable(path: Path) -> None:
    """Say before the work starts that its result could not be written: UnusableOutput."""
    if path.is_dir():
        raise UnusableOutput(f"{path}: is a folder; name a file in it")
    if _is_device(path):
        return
    folder = path.resolve().parent
    if not folder.is_dir():
        raise UnusableOutput(f"{path}: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK):
        raise UnusableOutput(f"{path}: no right to write to the folder {folder}")


def write(path: Path, text: str) -> None:
    """Write the whole file or leave what was there. Devices and pipes are written straight through."""
    check_writable(path)
    target = path.resolve()
    try:
        if _is_device(path):
            path.write_text(text, encoding="utf-8")
            return
        with _beside(target) as (temporary, descriptor):
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
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
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        yield temporary, descriptor
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_stdout(text: str) -> None:
    """Write to standard output. A reader that stopped reading (`| head`) has what it wanted: that is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
    except OSError as error:
        _silence_stdout()
        raise UnusableOutput(f"standard output: {reason(error)}") from error


def _silence_stdout() -> None:
    """Nothing more can be written: keep the interpreter from trying again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reason(error: OSError) -> str:
    """What the operating system says, without the path that the caller names anyway."""
    return (error.strerror or str(error) or type(error).__name__).lower()
