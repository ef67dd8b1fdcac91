"""Where people, computers and devices leave their names in what the sources of a desk say. Patterns; pure.

Each finds a secret in one of three ways: where it stands (under a key such as serial, SSID or user; in the path of a
home), its form (addresses, ids, e-mail, names of hosts), or who gave it: Bluetooth devices bear the names of people.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from remoteready import files

Plain = Any
"""Text, numbers, true, false, nothing, and lists and maps of them."""

KEPT: dict[str, str] = files.parse_yaml(files.read_text(Path(__file__).with_name("redaction.yaml")), "redaction.yaml")
DOMAINS = tuple(KEPT["published_domains"].split())
PUBLISHED_IDS = frozenset(KEPT["published_ids"].split())

# --- where it stands ------------------------------------------------------------------------------------------------

SERIAL = (
    r"(?:[\w. -]{0,40}serial(?:[_ .-]?(?:num(?:ber)?|no|id|short|string))?(?:left|right)?(?: \(system\))?"
    r"|product_uuid|cookie)"
)
ID = r"(?:[\w.-]{0,40}(?:machine[_-]?id|machineguid|boot[_-]?id|session[_-]id|platformuuid))"
NETWORK = r"(?:[\w.-]{0,20}ssid|network_?name|wi-?fi network)"
USER = (
    r"(?:[\w.-]{0,40}\.user|(?:auto(?:matic)?|timed)_?login(?:-?user)?|(?:default|last)?[ _-]?user[ _-]?name"
    r"|https?user|ftpuser|authentication-user|(?:registered)?[ _-]?owner|requested-by|real[ _-]?name|full[ _-]?name"
    r"|loginname|login)"
)
HOST = (
    r"(?:[\w.-]{0,40}\.host|(?:local)?[ _-]?host[ _-]?name|computer[ _-]?name|nodename|https?proxy"
    r"|(?:dns)?[ _-]?(?:domain|suffix)(?:[ _-]?name)?)"
)
TEXT = r"(?:media\.name|media\.title|loginwindowtext|window[._]name|password|authentication-password)"
BETWEEN = r"""(?:</key>\s*<string>|\\*["']?[ \t]*[:=][ \t]*\\*)"""


def _under(key: str, plain: str = r"""[^"'<>\n\r,;{}\[\]()\\]{1,200}""") -> re.Pattern[str]:
    """`key: value`, `key = value`, "key": "value" and <key>key</key><string>value</string>."""
    value = rf"""(?:["'](?:(?<=")[^"\n]{{1,200}}(?=")|(?<=')[^'\n]{{1,200}}(?='))|(?<=>)[^<\n]{{1,200}}|{plain})"""
    return re.compile(rf"""(?im)(?<![\w.-]){key}{BETWEEN}(?P<value>{value})""")


LINE = r"""[^"'<>\n\r]{1,64}"""
PLACES: list[tuple[str, re.Pattern[str]]] = [
    ("serial", _under(SERIAL)),
    ("id", _under(ID)),
    ("network", _under(NETWORK, LINE)),
    ("user", _under(USER)),
    ("host", _under(HOST)),
    ("text", _under(TEXT, LINE)),
    ("text", re.compile(r"://[^/\s:@\"']{0,64}:(?P<value>[^/\s@\"']{1,64})@")),
    ("user", re.compile(r"://(?P<value>[^/\s:@\"']{1,64})(?=(?::[^/\s@\"']{0,64})?@)")),
    ("user", re.compile(r"(?<![\w.+-])(?P<value>[\w.+-]{1,64})(?=@[\w-]{1,63}:/)")),
    ("host", re.compile(r"(?<=@)(?P<value>[\w-]{1,63})(?=:/)")),
    ("host", re.compile(r"(?<![\w.])(?P<value>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}?)(?=_\S{0,80}dists_)")),
    ("host", re.compile(r"(?<![:\w/\\])(?://|\\\\)(?P<value>[\w.-]{1,255})(?=[/\\\s\"]|$)")),
    ("host", re.compile(r"(?<=\s)(?P<value>[\w-]{1,63}(?:\.[\w-]{1,63}){0,8})(?=:/\S{0,200} .{0,200}?\bnfs)")),
    ("label", re.compile(r"(?i)(?:/run)?/media/[^/\s]+/(?P<value>[^/\s\"':<>]+)")),
    ("home", re.compile(r"(?i)(?:/home/|/Users/|[A-Z]:\\+Users\\+|/media/)(?P<value>[^/\\\s\"':<>]+)")),
    ("serial", re.compile(r"(?<=\.usb-)(?P<value>[^.\s\"]{1,200}?)(?=-\d\d\b)")),
    (
        "serial",
        re.compile(
            r"(?i)\b(?:USB|HID|USBSTOR|BTHENUM|BTHLE|BTHLEDEVICE|SWD|DISPLAY)[\\#]{1,4}[^\\#\s\"]{1,200}[\\#]{1,4}"
            r"(?P<value>[^\\#&\s\"{}]{3,200})(?=(?:&\d{1,2})?(?:[\\#\s\"]|$))"
        ),
    ),
]
"""In the order in which they are looked for. A device instance such as 5&2B7C8F&0&1 was made up by Windows."""

SEARCH = re.compile(
    r"(?im)^[ \t]*(?:search|(?:search )?domain(?:\[\d+\])?)[ \t]*:?[ \t]+"
    r"(?P<value>[\w.-]{1,255}(?:[ \t]+[\w.-]{1,255}){0,9})$"
)
HOSTS_ROW = re.compile(
    r"(?m)^[ \t]*(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]{2,39}(?:%\w+)?)[ \t]+(?P<value>[^#\n]{1,300})"
)

# --- its form -------------------------------------------------------------------------------------------------------

TOP = (
    "com net org edu gov int eu info biz io cloud corp local lan intern internal private ad priv test home arpa de fr "
    "pl es it nl be ch at uk us ca mx br pt ie se dk fi cz sk hu ro ua jp cn kr in au nz za"
).replace(" ", "|")
FQDN = re.compile(
    rf"(?i)(?<![\w.@-])\*?\.?(?P<value>(?:[a-z0-9_](?:[\w-]{{0,61}}[a-z0-9])?\.){{1,6}}(?:{TOP}))(?![\w-]|\.\w)"
)
CERTIFICATE = re.compile(
    r"(-----BEGIN (?:TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END (?:TRUSTED )?CERTIFICATE-----)"
)
FORM = re.compile(
    r"(?P<uuid>(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Fa-f]))"
    r"|(?P<hex32>(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?![0-9A-Fa-f]))"
    r"|(?P<sid>S-1-5-21(?:-\d+){3})"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    r"|(?P<mac>(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?P<by>[:_-])(?:[0-9A-Fa-f]{2}(?P=by)){4}[0-9A-Fa-f]{2}"
    r"(?!(?P=by)?[0-9A-Fa-f]))"
    r"|(?P<short>(?<![0-9A-Fa-f:])[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5}(?![0-9A-Fa-f:]))"
    r"|(?P<bare>(?<![0-9A-Fa-f])(?:(?<=enx)|(?<=wlx)|(?<=wwx)|(?<=(?i:dev_))|(?=[0-9]*[A-Fa-f]))"
    r"[0-9A-Fa-f]{12}(?![0-9A-Fa-f]))"
    r"|(?P<v6>(?<![0-9A-Za-z:.])(?=[0-9A-Fa-f]*:[0-9A-Fa-f]*:)[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![0-9A-Za-z:]))"
    r"|(?P<v4>(?<![0-9.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d))"
)

# --- who gave it ----------------------------------------------------------------------------------------------------

DEVICE = r"(?:iPhone|iPad|Mac\w*|AirPods(?: Pro| Max)?|Apple Watch|Galaxy \w+|Pixel \w+|Buds|Beats)"
PERSONS = re.compile(
    r"(?P<owner>[^\W\d_][\w-]*(?: [^\W\d_][\w-]*){0,2})['’`]s (?=\w)"
    rf"|\b{DEVICE} (?:(?:of|von|de|di|del|da|do|van|av|od|på) |d['’])(?P<of>[^\W\d_][\w-]*(?: [^\W\d_][\w-]*){{0,2}})"
    rf"|(?P<no>[^\W\d_]{{1,20}}?)(?:の|的|의) ?(?={DEVICE})"
)
"""How phones and computers name things after their owner: Robin's Buds, iPhone de Robin."""
GIVEN = re.compile(r"(?i)(?:^|[._])(?:description|alias|nick|adapter)$|^(?:_name|name|Alias|Name|data)$")
BLUETOOTH = re.compile(r"(?i)bluez|^BTH|bluetooth")


def given_names(answer: Plain) -> Iterator[str]:
    """Names that people gave to Bluetooth devices, in data and in text that is JSON."""
    if isinstance(answer, str):
        if answer.lstrip()[:1] in ("{", "["):
            try:
                yield from given_names(json.loads(answer))
            except (ValueError, RecursionError):
                return
    elif isinstance(answer, list):
        for item in answer:
            yield from given_names(item)
    elif isinstance(answer, Mapping):
        yield from _given_in(answer)


def _given_in(answer: Mapping[Any, Plain]) -> Iterator[str]:
    scalars = [str(value) for value in answer.values() if isinstance(value, str)]
    if any(BLUETOOTH.search(text) for text in (*map(str, answer), *scalars)):
        yield from _texts_under(answer)
    for key, value in answer.items():
        if key in ("device_connected", "device_not_connected", "device_title"):
            for entry in value if isinstance(value, list) else [value]:
                yield from map(str, entry) if isinstance(entry, Mapping) else ()
        yield from given_names(value)


def _texts_under(answer: Mapping[Any, Plain]) -> Iterator[str]:
    """The texts under keys that hold what somebody typed, of an object and of its properties."""
    for key, value in answer.items():
        if isinstance(value, str) and GIVEN.search(str(key)) and not BLUETOOTH.search(value):
            yield value
        if isinstance(value, Mapping):
            yield from _texts_under(value)


# --- and what is nobody's -------------------------------------------------------------------------------------------


@cache
def own_words() -> frozenset[str]:
    """Words that name nobody, or that collectors look for: taking those out would change what a replay finds."""
    words = set(KEPT["common_words"].split())
    here = Path(__file__).parent
    for path in here.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
                words |= set(re.findall(r"[^\W_]+", node.value.lower()))
    for path in here.glob("*.yaml"):
        words |= set(re.findall(r"[^\W_]+", path.read_text(encoding="utf-8").lower()))
    return frozenset(words)
