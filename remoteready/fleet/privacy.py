"""The key of the organisation, kept outside the store, and the pseudonyms that it makes."""

import hashlib
import hmac
import os
import secrets
import sys
import unicodedata
from base64 import b32encode
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from remoteready import files
from remoteready.exits import UnusableInput, UnusableOutput
from remoteready.fleet.store import Store

KEY_BYTES = 32
LENGTH = 20
"""Characters of a pseudonym: 100 bits."""
ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
"""Of base 32, RFC 4648."""


def default_key() -> Path:
    """Where the key lies unless another file is named: the user's folder for settings. UnusableInput: there is none."""
    try:
        home = Path.home()
    except RuntimeError as error:
        raise UnusableInput("this account has no home folder; name a file for the key with --key") from error
    if sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return folder / "remoteready" / "fleet.key"


def load_key(path: Path) -> bytes:
    """The key in a file. UnusableInput."""
    text = files.read_text(path).strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise UnusableInput(f"{path}: holds no fleet key ({2 * KEY_BYTES} hexadecimal digits)")
    return key


def make_key(path: Path) -> bytes:
    """A new key in a file that only its owner can read; never over another. UnusableOutput."""
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UnusableOutput(f"{path}: {files.reason(error)}; name another place for the key with --key") from error
    return key


def key_of(store: Store, path: Path, *, create: bool = False) -> bytes:
    """The key that the pseudonyms of this store were made with.

    With `create`, an empty store may get a new key where there is no file. UnusableInput: no key, or that of another
    store.
    """
    check = store.meta("key_check")
    if not path.exists():
        if check or not create:
            raise UnusableInput(f"{path}: the key of {store.path} is not there; name its file with --key")
        make_key(path)
    key = load_key(path)
    mark = hmac.new(key, b"remoteready fleet key", hashlib.sha256).hexdigest()[:16]
    if not check and create:
        with store.transaction():
            store.note("key_check", mark)
    elif mark != check:
        raise UnusableInput(f"{path}: not the key of {store.path}; name its file with --key")
    return key


@lru_cache(maxsize=65536)
def pseudonym(key: bytes, who: str) -> str:
    """The name that stands for an agent or a workstation in the store: HMAC-SHA-256, base 32, 100 bits.

    An agent's name counts without regard to case, to spaces around it and to how its accents are encoded.
    """
    said = unicodedata.normalize("NFC", who).strip().lower()
    return b32encode(hmac.new(key, said.encode(), hashlib.sha256).digest()).decode()[:LENGTH]


def erased_mark(key: bytes, name: str) -> bytes:
    """What an erasure leaves so that old files do not undo it: keyed, and not the pseudonym."""
    return hmac.new(key, b"erased " + name.encode(), hashlib.sha256).digest()[:16]


def private(path: Path) -> bool:
    """Whether nobody but its owner can read a file, as far as the system tells by its mode."""
    with suppress(OSError):
        return os.name == "nt" or not path.stat().st_mode & 0o077
    return False


def is_pseudonym(text: str) -> bool:
    """Whether a text looks like one; lower case is as good, as people type it."""
    return len(text) == LENGTH and set(text.upper()) <= ALPHABET
