"""Facts made small: zstd, with dictionaries that are trained from what comes in and kept in the store."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from remoteready.fleet.store import Store, zstandard

LEVEL = 3
DICTIONARY_BYTES = 16 * 1024
ENOUGH = 200
"""Documents from which a dictionary is worth training."""
SAMPLES = 1000
SHARED_BY = 5
"""What fewer agents have in their facts is in no dictionary: that of an agent who is erased later would stay there."""
POOR = 0.3
"""A dictionary that leaves more of what it compresses is little better than none."""
AGAIN = 20_000
"""Reports between two dictionaries, as each takes its time to train and its place in the store."""

Facts = Mapping[str, Mapping[str, Any]]
Compress = Callable[[bytes], bytes]
Documents = Sequence[tuple[int, bytes]]
"""Facts as JSON, each with its agent (aid)."""


def compressor(store: Store, documents: Documents, again: int = AGAIN) -> tuple[int | None, Compress]:
    """The number of the dictionary for these facts, and what compresses with it; inside a transaction.

    Trains the first as soon as there are enough of them, and another where facts have become too different for it.
    """
    newest = store.rows("SELECT did, body FROM dictionary ORDER BY did DESC LIMIT 1")
    did, compress = (newest[0][0], _with(newest[0][1])) if newest else (None, _with(b""))
    seen = store.value("SELECT max(rid) FROM report") or 0
    if newest and (seen - int(store.meta("dictionary_after") or 0) < again or not _poor(compress, documents)):
        return did, compress
    if not (body := _trained(store, documents)):
        return did, compress
    store.note("dictionary_after", str(seen))
    return store.connection.execute("INSERT INTO dictionary(body) VALUES (?)", (body,)).lastrowid, _with(body)


def _with(dictionary: bytes) -> Compress:
    zstd = zstandard()
    known = zstd.ZstdCompressionDict(dictionary) if dictionary else None
    compress: Compress = zstd.ZstdCompressor(level=LEVEL, dict_data=known).compress
    return compress


def _poor(compress: Compress, documents: Documents) -> bool:
    """Whether there are enough documents to say that a dictionary does little for them."""
    some = [facts for _, facts in documents[::10]]
    left, whole = sum(len(compress(facts)) for facts in some), sum(map(len, some))
    return len(documents) >= ENOUGH and left > POOR * whole


def _trained(store: Store, documents: Documents) -> bytes:
    """A dictionary for facts like these and the newest in the store; b'' if they are too few or too different."""
    newest = "SELECT aid, did, body FROM facts JOIN report USING (rid) ORDER BY rid DESC LIMIT ?"
    stored = store.rows(newest, max(0, ENOUGH - len(documents)))
    if len(stored) + len(documents) < ENOUGH:
        return b""
    known: list[tuple[int, Facts]] = [(aid, store.unpack(did, body)) for aid, did, body in stored]
    known += [(aid, json.loads(facts)) for aid, facts in documents[:SAMPLES]]
    zstd = zstandard()
    try:
        samples = [json.dumps(one, separators=(",", ":")).encode() for one in common(known)]
        return bytes(zstd.train_dictionary(DICTIONARY_BYTES, samples).as_bytes())
    except zstd.ZstdError:
        return b""


def common(documents: Sequence[tuple[int, Facts]]) -> Iterator[Facts]:
    """The same facts without what fewer than SHARED_BY of their agents have."""
    seen = {(agent, what) for agent, facts in documents for what in _said(facts)}
    agents = Counter(what for _, what in seen)
    for _, facts in documents:
        shared = {what for what in _said(facts) if agents[what] >= SHARED_BY}
        yield {
            name: {part: told for part, told in about.items() if (name, part, repr(told)) in shared}
            for name, about in facts.items()
        }


def _said(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Fact, part and what it says."""
    return ((name, part, repr(told)) for name, about in facts.items() for part, told in about.items())
