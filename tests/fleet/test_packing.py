"""Facts in the store: small, whole, and with nothing of single agents in what they share."""

import json
from pathlib import Path

from remoteready.fleet.packing import compressor
from remoteready.fleet.reading import read
from tests.fleet.reports import Reports
from tests.fleet.state import NOW, shelf


def test_facts_are_compressed_by_a_dictionary_that_holds_nothing_of_single_agents(tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    made = list(Reports(agents=30, days=10))
    own = made[0].text.replace("HD Pro Webcam", "Quixotic Webcam")
    kept.put([read(data, NOW) for data in (own.encode(), *(one.data for one in made[1:]))])
    (dictionary,) = kept.store.rows("SELECT body FROM dictionary")
    assert b"Headset 200 USB" in dictionary[0]
    assert b"Quixotic" not in dictionary[0]
    assert kept.store.value("SELECT avg(length(body)) FROM facts") < 300
    facts = [kept.store.unpack(did, body) for did, body in kept.store.rows("SELECT did, body FROM facts ORDER BY rid")]
    assert facts[0]["camera.present"]["detail"] == "Quixotic Webcam"
    expected = json.loads(made[5].text)["facts"]["line.mos_idle"]
    assert facts[5]["line.mos_idle"] == {name: expected[name] for name in ("value", "detail", "source")}
    kept.store.close()


def test_another_dictionary_is_trained_when_facts_have_become_others(tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    incoming = [read(one.data, NOW) for one in Reports(agents=30, days=10)]
    kept.put(incoming)
    alike = [(n % 30, one.facts) for n, one in enumerate(incoming)]
    # Shuffled letters: as long and as regular as before, but no word of it is in the dictionary.
    letters = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyz", b"qwertzuiopasdfghjklyxcvbnm")
    others = [
        (aid, json.dumps({"a.b": {"detail": facts.translate(letters).decode()}}).encode()) for aid, facts in alike
    ]
    with kept.store.transaction():
        assert compressor(kept.store, alike, again=0)[0] == 1
        assert compressor(kept.store, others)[0] == 1
        assert compressor(kept.store, others[:20], again=0)[0] == 1
        did, compress = compressor(kept.store, others, again=0)
        assert did == 2
        assert kept.store.unpack(did, compress(others[0][1])) == json.loads(others[0][1])
    kept.store.close()
