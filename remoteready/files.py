"""Files in and out: YAML into a checked model with errors a person can act on, and writes that are all or nothing."""

import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TypeVar

from remoteready import places, problems, spelling
from remoteready.exits import Misfit, UnusableInput, UnusableOutput
from remoteready.places import Location as Location
from remoteready.problems import dotted as dotted
from remoteready.spelling import named as named
from remoteready.spelling import shown as shown

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
    raise UnusableInput(f"{named(name)}: no {kind} is called so, and no file{spelling.among(name, names)}")


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
        where = places.of_index(data.decode("utf-8-sig", "replace"), len(data[: error.start].decode("utf-8-sig")))
        raise UnusableInput(f"{path}:{where}: not UTF-8 text; save the file as UTF-8") from error


def load(
    model: type[Model],
    path: Path,
    name_place: Callable[[Location, Any], str] = dotted,
    fill: Callable[[Any], None] | None = None,
) -> Model:
    """The model that a YAML file holds.

    UnusableInput names file, line, column and field; `name_place` turns a location in the parsed document into the
    words for that field. `fill` may add to the document what it refers to.
    """
    node, document = _composed(read_text(path), str(path))
    if document is None:
        raise UnusableInput(f"{path}: is empty")
    for scalar in places.scalars(node):
        if UNSAFE.search(scalar.value.replace("\n", " ")):
            words = "has a control character or an invisible one; type it anew"
            raise _refused(scalar, str(path), f"{named(scalar.value)} {words}")
    from pydantic import TypeAdapter, ValidationError

    adapter = TypeAdapter(model)
    try:
        if fill:
            fill(document)
        return adapter.validate_python(document)
    except ValidationError as error:
        found = problems.found(error.errors(), adapter.json_schema(), node, document)
    except Misfit as misfit:  # of what `fill` read
        where, field = places.find(node, document, misfit.at)
        raise UnusableInput(f"{path}:{where}: {name_place(field, document)}: {misfit.problem}") from misfit
    except UnusableInput as error:  # of a model that does not say which field
        raise UnusableInput(f"{path}: {error}") from error
    raise UnusableInput(f"{path}:{problems.one_line(found, document, name_place)}")


def place(path: Path, location: Location) -> str:
    """`our-site.yaml:12:7` for a location in a YAML file that has been loaded."""
    found, _ = places.find(*_composed(read_text(path), str(path)), location)
    return f"{path}:{found}"


def misplaced(path: Path, misfit: Misfit) -> UnusableInput:
    """The error about a field of a file that shows only when it meets other files."""
    field = dotted(part for part in misfit.at if part != places.KEY)
    return UnusableInput(f"{place(path, misfit.at)}: {field}: {misfit.problem}")


def read_yaml(path: Path) -> Any:
    """Plain data from a YAML file. UnusableInput names line and column."""
    return parse_yaml(read_text(path), str(path))


def parse_yaml(text: str, place: str) -> Any:
    """Plain data from YAML: no tags, no anchors, no duplicate keys. UnusableInput names line and column."""
    return _composed(text, place)[1]


def _composed(text: str, place: str) -> tuple[Any, Any]:
    """The nodes of a YAML text, which know their line and column, and the plain data they hold."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _refuse_extras(yaml.parse(text, Loader=loader), place)
        making = loader(text)
        node = making.get_single_node()
        if node is None:
            return None, None
        _refuse_traps(node, place)
        return node, _constructed(making, node, place)
    except yaml.MarkedYAMLError as error:
        where = f":{places.of_error(error, text)}"
        raise UnusableInput(f"{place}{where}: not valid YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:  # a character that YAML does not allow, which Python tells by its number only
        bad = yaml.reader.Reader.NON_PRINTABLE.search(text)
        where = f":{places.of_index(text, bad.start())}" if bad else ""
        raise UnusableInput(f"{place}{where}: not valid YAML: {str(error).splitlines()[0]}") from error


def _constructed(loader: Any, node: Any, place: str) -> Any:
    """The data of a document. UnusableInput points at the first value that is none, such as 2026-13-41."""
    try:
        return loader.construct_document(node)
    except ValueError:
        for scalar in places.scalars(node):
            try:
                type(loader)("").construct_object(scalar)
            except ValueError as error:
                words = f"{shown(scalar.value)} cannot be read: {str(error).partition(';')[0]}"
                raise _refused(scalar, place, f"not valid YAML: {words}") from error
        raise


def _refused(node: Any, place: str, problem: str) -> UnusableInput:
    return UnusableInput(f"{place}:{places.start(node)}: {problem}")


def _refuse_extras(events: Iterable[Any], place: str) -> None:
    """What nobody needs in a profile: tags that name types, anchors that multiply, nesting that never ends."""
    import yaml

    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _refused(event, place, f"nested more than {DEEPEST} levels deep")
        if getattr(event, "anchor", None):
            raise _refused(event, place, "anchors (&) and aliases (*) are not supported; write the value out")
        if getattr(event, "tag", None):
            raise _refused(event, place, "tags (!) are not supported; put quotes around text that begins with one")


def _refuse_traps(node: Any, place: str) -> None:
    """What YAML reads in silence as something else: the last of two equal keys wins, 5:30 is 330, 010 is 8."""
    if node.id == "scalar" and node.tag.endswith((":int", ":float")) and TRAP.search(node.value):
        words = f"YAML reads {named(node.value)} as another number; write 5.5 for 5:30, and no leading zero"
        raise _refused(node, place, words)
    if node.id == "sequence":
        for item in node.value:
            _refuse_traps(item, place)
    if node.id == "mapping":
        seen = set()
        for key, value in node.value:
            _refuse_traps(key, place)
            if key.tag.endswith(":merge"):
                raise _refused(key, place, "<< is not supported; write the fields out")
            if str(key.value) in seen:
                raise _refused(key, place, f"the key {named(str(key.value))} stands twice; keep one")
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
