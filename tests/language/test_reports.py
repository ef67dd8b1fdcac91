"""What an agent reads is in their language, all of it, on every recorded machine; what machines read never changes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from remoteready import cli, language
from remoteready.check import audit, facts, profile, snapshot
from remoteready.check.collect import collect
from remoteready.check.combine import combine
from remoteready.check.findings import Finding, Report
from remoteready.language.catalogue import Catalogue
from remoteready.language.sentences import CONTEXT, Sentences
from remoteready.report import console, contents, html, words
from tests.sentences import sentences
from tests.test_golden import DESKS, HOSTS, desk, judged_together, paper

LANGUAGES = language.available()[1:]
MACHINES = sorted(path.parent.name for path in HOSTS.glob("*/snapshot.yaml"))
SHOWN = ["debian-12-webcam-only-microphone", "macos-26-vpn-bluetooth", "windows-11-home-fr-wifi-bluetooth"]
ENGLISH = re.compile(r"\b(the|is|are|of|not|does|did|cannot|be|was|has|that|which)\b")
"""Small words that an English sentence can hardly do without, and that none of the languages has."""
QUOTED = re.compile(r"dpkg was interrupted|No such schema|The name is not activatable")
"""What programs of those machines said themselves, which is shown as it is."""


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    language.use(language.FALLBACK)


@cache
def english(machine: str) -> Report:
    return desk(machine)


def read_in(name: str, machine: str) -> Report:
    language.use(name)
    return audit.translated(english(machine), profile.load("home-agent").rules)


@cache
def dotted() -> Sentences:
    """A language in which every letter is a dot: what is still to be read was not translated."""
    dots = {said: re.sub(r"(\{[^}]*\})|\w", lambda found: found[1] or "·", said) for said, _ in sentences()}
    return Sentences(Catalogue({(CONTEXT, id): (text,) for id, text in dots.items()}, lambda n: 0))


@pytest.mark.parametrize("machine", MACHINES)
def test_no_collector_says_what_the_catalogues_do_not_know(machine):
    """Every fact of every recorded machine, not only those that a profile judges."""
    host = snapshot.load(HOSTS / machine / "snapshot.yaml")
    chosen = profile.load("calabrio-smart-desktop")
    targets = chosen.addresses({name: value for name, value in host.values.items() if name in chosen.variables})
    found = collect(host, facts.every(targets, chosen.recording_clients), targets, recorders=chosen.recording_clients)
    for name, fact in found.items():
        for sentence in (fact.detail, fact.unknown or ""):
            left = dotted().say(sentence)
            assert QUOTED.search(sentence) or not ENGLISH.search(left), f"{name}: {sentence}"


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("machine", MACHINES)
def test_no_line_is_wider_than_the_terminal_in_any_language(machine, name):
    report = read_in(name, machine)
    for width in (80, 40):
        assert max(map(len, console.check(report, paper(width)).splitlines())) <= width


def without_other_texts(report: Report, name: str) -> Report:
    """The report without what is not the program's own: names of sources, and texts that a profile has in English."""
    rules = {rule.id: rule for rule in profile.load("home-agent").rules}

    def own(finding: Finding) -> Finding:
        texts = ("title", "rationale", "agent", "it") if name not in rules[finding.rule].title else ()
        return finding.model_copy(update=dict.fromkeys((*texts, "whose"), "–"))

    return report.model_copy(update={"findings": tuple(map(own, report.findings))})


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("machine", MACHINES)
def test_no_english_is_left_in_a_report(machine, name):
    check_no_english(without_other_texts(read_in(name, machine), name), name)


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("case", ["contradicting", "site"])
def test_no_english_is_left_where_several_profiles_and_a_site_have_their_say(case, name):
    """All that a report says of whose limit it is, what it stands in place of, waivers and contradictions."""
    chosen = judged_together()[case]
    report = desk(DESKS["not-ready"], chosen)
    language.use(name)
    own = {"whose": "–", "waived_reason": "–"}
    if chosen.site:  # texts of a site are its own, and this one wrote them in English only
        own["rationale"] = "–"
    shown = audit.translated(report, chosen.whole.rules)
    check_no_english(
        shown.model_copy(update={"findings": [one.model_copy(update=own) for one in shown.findings]}), name
    )


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_contradiction_is_told_in_the_language_with_all_that_are_in_it(name):
    chosen = judged_together()["contradicting"]
    report = desk(DESKS["not-ready"], chosen)
    language.use(name)
    shown = audit.translated(report, chosen.whole.rules).findings
    reasons = {after.reason for before, after in zip(report.findings, shown, strict=True) if before.contradicts}
    [reason] = reasons
    assert reason.count("Zendesk, Talk network requirements: 3.5 mm headset (zendesk-talk)") == 1
    assert "wants" not in reason
    assert "no desk" not in reason


@pytest.mark.parametrize("name", LANGUAGES)
def test_what_a_report_would_hold_is_shown_in_the_language(name):
    language.use(name)
    chosen = combine([profile.load(path.stem) for path in profile.shipped_profiles()][:3])
    shown = contents.console(chosen, paper(80))
    assert not ENGLISH.search(shown)
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_fact_and_every_field_is_explained_in_the_language(name):
    language.use(name)
    for meaning in [*(about.meaning for about in facts.DECLARED.values()), *contents.keys().values()]:
        assert not ENGLISH.search(language.tr(meaning, contents.MEANING))


def check_no_english(report: Report, name: str) -> None:
    page = re.sub(r"<style>.*?</style>|<[^>]*>", " ", html.check(report), flags=re.DOTALL)
    shown = "\n".join([console.check(report, paper(110)), page])
    for line in shown.splitlines():
        assert QUOTED.search(line) or not ENGLISH.search(line), line
    for word in ("Measured", "Needed", "Result", "warning", "failed", "yes", "unknown", "day", "days", "none", "cable"):
        assert not re.search(rf"\b{word}\b", shown) or (name, word) == ("es", "cable"), word


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_page_says_its_language(name):
    assert f'<html lang="{name}">' in html.check(read_in(name, SHOWN[0]))


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_terminal_without_the_letters_of_a_language_gets_plain_ones(name):
    assert console.check(read_in(name, SHOWN[0]), paper(80, "ascii")).isascii()


def test_a_terminal_of_an_older_kind_keeps_the_letters_that_it_has():
    shown = console.check(read_in("fr", SHOWN[0]), paper(80, "cp850"))
    shown.encode("cp850")
    assert "Vérification" in shown
    assert "Œ" not in shown


@pytest.mark.parametrize(
    ("name", "raw", "unit", "shown"),
    [
        ("fr", 0.5, "days", "0,5 jour"),
        ("fr", 1.5, "days", "1,5 jour"),
        ("fr", 2, "days", "2 jours"),
        ("fr", 0.464, "Mbps", "0,46 Mbit/s"),
        ("es", 1, "days", "1 día"),
        ("es", 1.5, "days", "1,5 días"),
        ("es", 1234567.5, "MB", "1.234.567,5 MB"),
        ("pl", 1, "files", "1 plik"),
        ("pl", 4, "files", "4 pliki"),
        ("pl", 12, "files", "12 plików"),
        ("pl", 2.5, "days", "2,5 dnia"),
        ("pl", 2.001, "days", "2 dni"),
        ("pl", 0.02, "share", "2 %"),
    ],
)
def test_quantities_are_written_as_the_language_writes_them(name, raw, unit, shown):
    language.use(name)
    assert words.value(raw, unit).replace("\xa0", " ") == shown


# --- the command ----------------------------------------------------------------------------------------------------

SNAPSHOT = str(HOSTS / SHOWN[0] / "snapshot.yaml")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(["check", *arguments])
    out, err = capsys.readouterr()
    return code, out.replace("\xa0", " "), err.replace("\xa0", " ")


@pytest.mark.parametrize("name", LANGUAGES)
def test_data_and_exit_codes_are_the_same_in_every_language(capsys, name):
    def judged(*arguments: str) -> tuple[int, dict[str, object]]:
        code, out, _ = said(capsys, "--from", SNAPSHOT, "-f", "json", *arguments)
        report = json.loads(out)
        for fact in report["facts"].values():
            fact.pop("took_ms")
        report.pop("report_id")
        report.pop("time")
        return code, report

    assert judged("--lang", name) == judged()
    assert said(capsys, "--from", SNAPSHOT, "--lang", name)[0] == judged()[0]


@pytest.mark.parametrize(
    ("name", "usage", "line", "default"),
    [
        ("en", "Usage: remoteready check [OPTIONS]", "How the report looks.", "[default: console]"),
        ("fr", "Utilisation : remoteready check [OPTIONS]", "L'aspect du rapport.", "[par défaut : console]"),
        ("es", "Uso: remoteready check [OPCIONES]", "El aspecto del informe.", "[predeterminado: console]"),
        ("pl", "Użycie: remoteready check [OPCJE]", "Wygląd raportu.", "[domyślnie: console]"),
    ],
)
def test_the_help_is_in_the_language_wherever_the_option_stands(capsys, name, usage, line, default):
    first, last = said(capsys, "--lang", name, "--help")[1], said(capsys, "--help", f"--lang={name}")[1]
    assert first == last
    together = " ".join(first.split())
    assert all(text in together for text in (usage, line, default))
    assert name == "en" or not ENGLISH.search(together)
    assert max(map(len, first.splitlines())) <= 80


WRONG = {
    "fr": {
        "--nosuch": "option inconnue : --nosuch",
        "--from": "l'option '--from' demande une valeur.",
        "--quick=3": "l'option '--quick' ne prend pas de valeur.",
        "--format pdf": "'pdf' n'est pas un de",
        "one two": "en trop (one two)",
        "-p nosuch": "nosuch : aucun profil de ce nom n'est fourni",
        "--from nosuch.yaml": "nosuch.yaml : fichier ou dossier introuvable",
        "-D vpn": "-D vpn : écrivez NOM=VALEUR",
        "-o .": ". : est un dossier ; nommez un fichier qui s'y trouve",
        "--lang tlh": "--lang tlh : cette langue n'existe pas",
        "-p home-agnt": "; vouliez-vous dire home-agent ?",
        "--role agent": "--role agent : demande le fichier du site",
        "--ask --from nosuch.yaml": "--ask : sur un poste relevé, il n'y a personne à interroger",
        "--show-data --format json": "--show-data : est pour le terminal",
        "--agent=": "écrivez une ligne de 100 caractères au plus",
    },
    "pl": {
        "--nosuch": "nie ma takiej opcji: --nosuch",
        "-p nosuch": "nosuch: brak takiego elementu (profil) w zestawie",
        "-D x=y:1": "-D x: profil home-agent nie ma takiej zmiennej",
        "--lang tlh": "--lang tlh: nie ma takiego języka",
    },
    "es": {
        "--explain nosuch": "nosuch: el perfil home-agent no tiene esa regla",
        "--explain wird-network": "¿quería decir wired-network?",
        "--spool x --from y": "--spool: recoge informes de este puesto",
    },
}


@pytest.mark.parametrize(("name", "arguments"), [(name, wrong) for name in WRONG for wrong in WRONG[name]])
def test_what_cannot_be_done_is_said_in_the_language(name, arguments):
    environment = {**os.environ, "LC_ALL": f"{name}_XX.UTF-8", "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "remoteready", "check", *arguments.split()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode == 2
    assert WRONG[name][arguments] in done.stderr.replace("\xa0", " ")
    assert not ENGLISH.search(re.sub(r"\([^)]*\)", "", done.stderr))  # names of rules and options


def test_commands_for_other_people_stay_english_and_load_no_catalogue(tmp_path: Path):
    code = (
        "import sys; from remoteready import cli; cli.run(sys.argv[1:]);"
        "print([one for one in sys.modules if one.startswith('remoteready.language.')], file=sys.stderr)"
    )
    environment = {**os.environ, "LC_ALL": "fr_FR.UTF-8", "PYTHONUTF8": "1"}
    for arguments in (["--help"], ["plan", "two-sites"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, encoding="utf-8", env=environment, check=True
        )
        assert done.stderr == "[]\n"
        assert "Utilisation" not in done.stdout
        assert ENGLISH.search(done.stdout)


@pytest.mark.parametrize("machine", SHOWN)
def test_a_report_that_was_kept_in_english_is_read_in_any_language(machine):
    kept = Report.model_validate_json(english(machine).model_dump_json())
    language.use("pl")
    chosen = profile.load("home-agent").rules
    again, at_once = audit.translated(kept, chosen), audit.translated(english(machine), chosen)
    assert console.check(again, paper(80)) == console.check(at_once, paper(80))


def test_what_the_profile_does_not_know_stays_as_it_was_written():
    report = english(SHOWN[0])
    language.use("fr")
    other = profile.load("calabrio-smart-desktop").rules
    titles = {rule.id for rule in other}
    for before, after in zip(report.findings, audit.translated(report, other).findings, strict=True):
        assert before.rule in titles or after.title == before.title
