"""The sentences that collectors and errors make in English, as templates, found where they stand in the code.

f"{name}: {rate:g} Mbps" is the template "{name}: {rate:g} Mbps". It needs no mark: every text that has words is one,
unless a list below says that it is the name of something.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from remoteready.language import LOCALE
from remoteready.language.sentences import FIELD, JOINTS

PACKAGE = LOCALE.parent
COLLECTORS = ["check/collect/*"]
COLLECTORS += [f"check/{name}.py" for name in ("host", "audit", "needs", "attestations", "spool")]
COLLECTORS += ["measure/vpn/[!w]*", "measure/vpn/wireguard.py"]
COLLECTORS += [f"measure/{name}.py" for name in ("facts", "call", "datagrams", "quality", "upload", "udp")]
"""Modules whose sentences reach a finding."""
SPOKEN = ["files.py", "problems.py", "spelling.py", "__main__.py"]
"""Modules all of whose texts are said to whoever runs a command."""
RAISING = ["measure/target.py"]
RAISING += [f"check/{name}.py" for name in ("profile", "named", "snapshot", "site", "combine", "work", "identity")]
RAISING += [f"cli/{name}.py" for name in ("__init__", "check", "desk", "asking", "output")]
"""Modules whose errors an agent meets."""

NAMES = """
'memory' GSettings backend
Application Support
DNS servers of the adapters
Enterprise LTSC
IKEv1 (IPsec)
IKEv2 (IPsec)
Inst {after}
Microsoft Defender
Windows Server {build}
Windows {text}
XProtect {version}
debian {version}
default route
disk usage
done {after}
full uploads, counted by the site
go {after}
groups of the user
macOS {held} {text}
mdatp health
model name
must be {after}
name resolution policy
no {after}
not {after}
process list
route to {toward}
services and processes
ubuntu {version}
{service} is {state}
{source}, below {name}
{source}, below {name}: /proc/net/route
{start} or {text}
""".strip().splitlines()
"""Texts with a space that are names, or sources – the same in every language –, or so short that they fit anything."""
NO_SENTENCE = re.compile(
    r"""\\ | \(\? | \| | ^\^ | :// | \$$ | ^/     # patterns, paths and addresses
    | ^[a-z]+\ - | ^[a-z]+\ [a-z]+\ \{schema\}    # commands
    | ^Is[A-Z] | ^queue\. | ^Value\ error | ^upload\ \{""",  # queries, types, what others say, a protocol
    re.VERBOSE,
)

WORDS = """
tunnel headset camera updates antivirus firewall users computer monitors network hardware
input output none microphone microphones on off expired snoozed snoozing good unknown mains battery wifi tether mobile
bluetooth sleep memory failed inactive interrupted running stopped paused
Battery Charging Discharging Full Unknown encryption decryption
profile target scenario
"""
"""Single words that they say."""
COMPOSED = """
DomainProfile {state}
StandardProfile {state}
PublicProfile {state}
{before} (there are: none)
at least {limit:g}
at most {limit:g}
said by the person at the desk
the line was not measured: add -D reflector=HOST, where `remoteready reflect` runs
{whose} ({profile}) wants true
{whose} ({profile}) wants false
write one line of at most {longest} characters, such as a login
{fact} is never {value}; it is {known}
{fact} is never {value}; it is true or false
{fact} is never {value}; it is a whole number
{fact} is never {value}; it is a number
{fact} is never {value}; it is text
must be {first} or {second}, not {given}
{fact}: no profile of this site judges it; write the rule into a profile of your own
`remoteready profile facts` lists all facts
a shift of {shift_hours:f} hours has {text:f}
{text:f} minutes in one hour
{service} is running
{service} is stopped
{service} is paused
Measuring takes about {seconds:.0f} s and at most {up:.1f} MB up, {down:.1f} MB down.
"""
"""What is put together from words, or stands in a module for other people."""
TYPER = """
No such option: {name}
No such option: {name} (Possible options: {names})
Option {name} requires an argument.
Option {name} does not take a value.
Got unexpected extra argument(s) ({arguments})
Got unexpected extra argument ({arguments})
Got unexpected extra arguments ({arguments})
Invalid value for {name}: {problem}
Invalid value: {problem}
{value} is not one of {values}.
Missing argument {name}.
Missing option {name}.
default: {value}
"""
"""What Typer says."""
SYSTEM = """
no such file or directory
permission denied
is a directory
not a directory
no space left on device
read-only file system
input/output error
file name too long
too many levels of symbolic links
connection refused
connection reset by peer
connection timed out
network is unreachable
no route to host
no such device
invalid argument
operation not permitted
broken pipe
"""
"""What operating systems say of files, in small letters."""


def modules(patterns: Iterable[str], but: Iterable[str] = ()) -> list[Path]:
    """The files of the package that match one pattern and none of the others."""
    files = sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".j2"})
    names = {path: path.relative_to(PACKAGE).as_posix() for path in files}
    return [
        path
        for path, name in names.items()
        if any(fnmatch(name, one) for one in patterns) and not any(fnmatch(name, one) for one in but)
    ]


def place(path: Path) -> str:
    """A module as a comment names it."""
    return path.relative_to(PACKAGE.parent).as_posix()


def name_of(value: ast.expr) -> str:
    """What a translator sees in place of an expression: the first name in it that says something."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.lower()
        case ast.Subscript(value=inner) | ast.Starred(value=inner):
            return name_of(inner)
        case ast.Call(args=[ast.GeneratorExp(generators=[first, *_]) | ast.ListComp(generators=[first, *_])]):
            return name_of(first.iter)
        case ast.Call(args=[first, *_]) | ast.Call(func=ast.Attribute(value=first)):
            return name_of(first)
        case ast.IfExp(body=first) | ast.BinOp(left=first) | ast.BoolOp(values=[first, *_]):
            return name_of(first)
        case _:
            return "text"


def template(node: ast.AST) -> str:
    """The text of a literal, with {name} for a value and {name:g} for a number; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts, names = [], list[str]()
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            wanted = name_of(part.value)
            again = sum(name.rstrip("0123456789") == wanted for name in names)
            names.append(f"{wanted}{again + 1}" if again else wanted)
            form = f":{template(part.format_spec)}" if part.format_spec else ""
            parts.append(f"{{{names[-1]}{form}}}")
        else:
            parts.append(template(part))
    return "".join(parts)


SOURCES = {"known": 1, "unknown": 1, "age": 1}
"""Calls whose argument at that place names a source: a command, a file or an interface."""
ASKING = {"run", "call", "read", "list", "compile", "search", "fullmatch", "sub", "split", "strptime", "get", "value"}
"""Calls whose texts go to the operating system."""
RAISED = {"unusableinput", "unusableoutput", "misfit", "valueerror", "unavailable"}


def literals(tree: ast.AST) -> Iterator[ast.AST]:
    """Every text in a module that people might read: no docstring, no source, nothing that is asked of the system."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Assign(targets=targets) if any(name_of(target) in {"source", "sources"} for target in targets):
                continue
            case ast.AnnAssign(value=value):
                yield from literals(ast.List(elts=[value] if value else []))
            case ast.Call(func=func, args=args, keywords=keywords):
                called = name_of(func)
                kept = [one for at, one in enumerate(args) if at != SOURCES.get(called)]
                kept += [one.value for one in keywords if one.arg != "source"]
                yield from literals(ast.List(elts=[] if called in ASKING else [func, *kept]))
            case ast.JoinedStr(values=parts):
                yield node
                inner = [part.value for part in parts if isinstance(part, ast.FormattedValue)]
                yield from literals(ast.List(elts=inner))
            case _:
                yield node
                yield from literals(node)


def raised(tree: ast.AST) -> Iterator[ast.AST]:
    """The texts of the errors that a module raises."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in RAISED:
            yield from literals(ast.List(elts=node.args))


def tidied(said: str) -> str:
    """A text as it is looked up: without what joins it to others, and with a place for what it is said of."""
    before = "{before}" if re.match(r" [^-]", said) else ""
    after = "{after}" if said.endswith(" ") and not said.endswith(JOINTS) else ""
    return f"{before}{said}{after}".strip(" ,;:")


def is_sentence(said: str) -> bool:
    """Whether a text has words that people read."""
    words = re.search("[a-z]{2}", FIELD.sub("", said))
    return " " in said and bool(words) and not NO_SENTENCE.search(said) and said not in NAMES


def sentences() -> Iterator[tuple[str, str]]:
    """The templates of all sentences, each with a module that it stands in. Of those that are alike, only the first."""
    alike: dict[str, str] = {}
    for said, where in _all():
        yield alike.setdefault(FIELD.sub(r"{\2}", said), said), where  # whatever its values are called


def _all() -> Iterator[tuple[str, str]]:
    readers: dict[Path, Callable[[ast.AST], Iterator[ast.AST]]] = dict.fromkeys(modules(RAISING), raised)
    readers |= dict.fromkeys(modules([*COLLECTORS, *SPOKEN]), literals)
    for path, read in readers.items():
        for node in read(ast.parse(path.read_text(encoding="utf-8"))):
            said = template(node)
            if said not in JOINTS and is_sentence(tidied(said)):
                yield tidied(said), place(path)
    for said in [*JOINTS, *WORDS.split(), *(COMPOSED + TYPER + SYSTEM).splitlines()]:
        if said:
            yield said, ""
