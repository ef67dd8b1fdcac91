"""What no program can see: answers are remembered for a while, and count only where somebody is asked."""

import contextlib
import os
import select
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.check import attestations
from remoteready.check.audit import audit
from remoteready.check.findings import Status
from remoteready.cli import asking
from remoteready.exits import UnusableInput, UnusableOutput
from tests.audit.made import profile, rule

TODAY = date(2026, 11, 23)
QUIET = profile("quiet", rule("quiet-room", ask={"en": "Is the room quiet?"}, valid_days=90))
[ASKED] = QUIET.rules
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def status(answers: attestations.Answers, day: date, *, attended: bool) -> tuple[Status, str]:
    facts = attestations.facts(QUIET.rules, answers, day, attended=attended)
    [finding] = audit(QUIET, facts, "linux", {})
    return finding.status, finding.reason or finding.evidence


def said(yes: bool, day: date) -> dict[str, attestations.Answer]:
    return {"Is the room quiet?": attestations.answer(ASKED, yes, day)}


TABLE = [
    ("never answered", {}, True, Status.UNKNOWN, "a person has to say it: run `remoteready check --ask`"),
    ("yes today", said(True, TODAY), True, Status.PASS, "said on 2026-11-23, holds until 2027-02-21"),
    ("no today", said(False, TODAY), True, Status.FAIL, "said on 2026-11-23"),
    ("no long ago", said(False, date(2026, 1, 1)), True, Status.UNKNOWN, "the answer of 2026-01-01 was no: ask again"),
    ("yes too long ago", said(True, date(2026, 8, 1)), True, Status.UNKNOWN, "expired on 2026-10-30: ask again"),
    (
        "yes, but nobody is asked",
        said(True, TODAY),
        False,
        Status.UNKNOWN,
        "answered yes on 2026-11-23, which holds un",
    ),
    ("no, and nobody is asked", said(False, TODAY), False, Status.UNKNOWN, "the answer of 2026-11-23 was no"),
    ("expired, and nobody is asked", said(True, date(2026, 8, 1)), False, Status.UNKNOWN, "expired on 2026-10-30"),
    ("a yes from the future", said(True, date(2026, 11, 24)), True, Status.UNKNOWN, "expired on"),
]


@pytest.mark.parametrize(
    ("answers", "attended", "expected", "words"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_an_answer_counts_while_it_holds_and_only_where_somebody_is_asked(answers, attended, expected, words):
    reached, told = status(answers, TODAY, attended=attended)
    assert reached is expected
    assert told.startswith(words)


@given(st.booleans(), days, days)
def test_a_run_that_asks_nobody_never_passes_or_fails_a_question(yes, then, now):
    assert status(said(yes, then), now, attended=False)[0] is Status.UNKNOWN


@given(days, st.integers(-1000, 1000))
def test_a_yes_holds_from_its_day_through_the_last_of_its_days_and_then_is_asked_again(then, later):
    now, answers = then + timedelta(days=later), said(True, then)
    holds = 0 <= later <= 90
    assert (status(answers, now, attended=True)[0] is Status.PASS) is holds
    assert (attestations.to_ask(QUIET.rules, answers, now) == []) is holds


def test_a_profile_that_asks_more_often_shortens_answers_and_another_question_needs_another_answer():
    oftener = profile("quiet", rule("quiet-room", ask={"en": "Is the room quiet?"}, valid_days=5))
    other = profile("quiet", rule("quiet-room", ask={"en": "Is the door shut?"}, valid_days=90))
    answers = said(True, date(2026, 11, 1))
    assert attestations.to_ask(QUIET.rules, answers, TODAY) == []
    assert attestations.to_ask(oftener.rules, answers, TODAY) == list(oftener.rules)
    assert attestations.to_ask(other.rules, answers, TODAY) == list(other.rules)


@given(st.dictionaries(st.text(max_size=10), st.builds(attestations.Answer, yes=st.booleans(), said=days, until=days)))
def test_answers_come_back_from_their_file(tmp_path_factory, answers):
    path = tmp_path_factory.mktemp("state") / "remoteready" / "answers.json"
    attestations.save(path, answers)
    assert attestations.load(path) == answers


@pytest.mark.parametrize("content", ["", "{", "[]", '{"Quiet?": {"yes": "often"}}', "\xff"])
def test_a_file_that_is_missing_or_damaged_holds_no_answers(tmp_path: Path, content):
    path = tmp_path / "answers.json"
    assert attestations.load(path) == {}
    path.write_bytes(content.encode("latin-1"))
    assert attestations.load(path) == {}


def test_answers_that_cannot_be_kept_say_where(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableOutput, match="answers cannot be kept there"):
        attestations.save(tmp_path / "file" / "answers.json", {})


def test_nobody_at_a_recorded_workstation_is_asked_nor_anybody_without_a_terminal():
    with pytest.raises(UnusableInput, match="--ask: nobody at a workstation that was recorded can be asked"):
        asking.check_possible(recorded=True)
    facts = asking.stated(QUIET.rules, ask=False, recorded=True, day=TODAY)
    assert facts["attested.quiet-room"].value is None


# --- for real: a terminal, and a person who types ------------------------------------------------------------------

ROOM = """
id: at-home
version: "1"
title: {en: At home}
description: {en: Two questions.}
rules:
"""
QUESTION = """
  - id: RULE
    title: {en: TITLE}
    ask: {en: WORDS}
    valid_days: 90
    level: must
    rationale: {en: Because.}
    remediation: {any: {agent: {en: Do it.}}}
    source: {name: us, checked: 2026-11-22}
"""


def question(id: str, words: str) -> str:
    return QUESTION.replace("RULE", id).replace("TITLE", id).replace("WORDS", f'"{words}"')


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a profile that asks two questions; answers are kept in it, too."""
    asked = ROOM + question("quiet-room", "Is it quiet?") + question("desk", "Is there a desk?")
    (tmp_path / "at-home.yaml").write_text(asked, encoding="utf-8")
    return tmp_path


PATIENCE_S = 60
"""For a busy machine."""
AT_ITS_TERMINAL = """
import fcntl, runpy, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches it
runpy.run_module("remoteready", run_name="__main__", alter_sys=True)
"""


def typed(home: Path, *lines: bytes, lang: str = "en") -> tuple[int, str]:
    """Type lines, each after a question, at the terminal of `check --ask`: its exit code, and what was to be seen."""
    import pty

    command = ["check", "--quick", "--ask", "--lang", lang, "-p", str(home / "at-home.yaml")]
    terminal, its_side = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", AT_ITS_TERMINAL, *command],
        env={**os.environ, "XDG_STATE_HOME": str(home), "TERM": "dumb", "HOME": str(home)},
        start_new_session=True,
        stdin=its_side,
        stdout=its_side,
        stderr=its_side,
    )
    os.close(its_side)
    seen, answered, waiting = b"", 0, list(lines)
    with contextlib.suppress(OSError):  # how Linux says that the other side has closed
        while select.select([terminal], [], [], PATIENCE_S)[0] and (read := os.read(terminal, 4096)):
            seen += read
            if waiting and b"?" in seen[answered:]:
                os.write(terminal, waiting.pop(0))
                answered = len(seen)
    os.close(terminal)  # whoever still waits for an answer gets none, and ends
    return child.wait(timeout=PATIENCE_S), seen.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal (POSIX)")
def test_answers_are_asked_for_once_and_remembered(home):
    code, seen = typed(home, b"yes\n", b"later\n")
    assert code == 3
    assert "1/2  Is it quiet?" in seen
    code, seen = typed(home, b"y\n")
    assert code == 0
    assert "Is it quiet?" not in seen
    assert "1/1  Is there a desk?" in seen
    code, seen = typed(home)
    assert (code, "?" in seen) == (0, False)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal (POSIX)")
@pytest.mark.parametrize(
    ("lang", "words", "no", "yes", "said"),
    [
        ("es", "¿Hay silencio?", "no", "si", "declarado el "),
        ("fr", "Est-ce calme ?", "non", "oui", "déclaré le "),
        ("pl", "Czy jest cicho?", "nie", "tak", "powiedziano "),
    ],
)
def test_questions_and_answers_are_in_the_language_and_kept_by_the_english_question(home, lang, words, no, yes, said):
    """Whoever types "si" for "sí" is understood; the same answer counts for whoever reads English."""
    profile = (home / "at-home.yaml").read_text(encoding="utf-8")
    asked = profile.replace('{en: "Is it quiet?"}', f'{{en: "Is it quiet?", {lang}: "{words}"}}')
    (home / "at-home.yaml").write_text(asked, encoding="utf-8")
    code, seen = typed(home, f"{yes}\n".encode(), f"{no}\n".encode(), lang=lang)
    assert code == 1
    assert f"1/2  {words}" in seen
    assert said in seen
    kept = attestations.load(home / "remoteready" / "answers.json")
    assert {question: answer.yes for question, answer in kept.items()} == {
        "Is it quiet?": True,
        "Is there a desk?": False,
    }


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal (POSIX)")
def test_ctrl_c_ends_it_and_keeps_what_was_answered(home):
    code, seen = typed(home, b"\x03")
    assert (code, "nothing was written" in seen) == (130, True)
    code, seen = typed(home, b"no\n", b"\x03")
    assert (code, "nothing was written" in seen) == (130, False)
    kept = attestations.load(home / "remoteready" / "answers.json")
    assert {words: answer.yes for words, answer in kept.items()} == {"Is it quiet?": False}
    code, seen = typed(home, b"no\n", b"yes\n")
    assert code == 1
    assert "1/2  Is it quiet?" in seen
