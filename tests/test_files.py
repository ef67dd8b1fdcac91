"""Files in and out: errors a person can act on, and writes that are all or nothing."""

import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready import files
from remoteready.exits import UnusableInput, UnusableOutput

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
posix = pytest.mark.skipif(os.name != "posix", reason="file modes and device files are those of POSIX")


BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
"""Standard output as users have it: what could not be written is tried again when the interpreter ends."""


def python(code: str, *arguments: str, stdout: int | None = subprocess.PIPE) -> "subprocess.CompletedProcess[str]":
    """Run a few lines in an interpreter of their own, as strict about warnings as these tests."""
    command = [sys.executable, "-W", "error", "-X", "utf8", "-c", code, *arguments]
    return subprocess.run(
        command, env=BUFFERED, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Reading


@dataclass(frozen=True)
class Desk:
    name: str
    monitors: int = 1


def test_a_file_becomes_the_model_it_describes(tmp_path):
    path = tmp_path / "desk.yaml"
    path.write_text("name: Zoë\nmonitors: 2\n", encoding="utf-8")
    assert files.load(Desk, path) == Desk("Zoë", 2)


def test_further_problems_of_a_file_are_counted_and_not_listed(tmp_path):
    path = tmp_path / "desk.yaml"
    path.write_text("name: 5\nmonitors: two\n", encoding="utf-8")
    with pytest.raises(UnusableInput) as caught:
        files.load(Desk, path)
    assert str(caught.value) == f"{path}:1:7: name: must be text; put quotes around it (and 1 more, on line 2)"


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


@given(plain)
@settings(deadline=None)
def test_plain_data_comes_back_from_yaml_as_it_went_in(data):
    assert files.parse_yaml(yaml.safe_dump(data), "here") == data


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "here:3:1: the key a stands twice; keep one"),
        ("x:\n  - {b: 1, b: 2}\n", "here:2:12: the key b stands twice; keep one"),
        ('1: a\n"1": b\n', "here:2:1: the key 1 stands twice; keep one"),
        ('"\\e[2J": 1\n"\\e[2J": 2\n', r"here:2:1: the key '\x1b[2J' stands twice; keep one"),
        ("a: [1, 2\n", "here:1:4: not valid YAML: did not find expected ',' or ']'"),
        ("a: *b\n", "here:1:4: anchors (&) and aliases (*) are not supported; write the value out"),
        ("time: 1:30\n", "here:1:7: YAML reads 1:30 as another number"),
        ("- 010\n", "here:1:3: YAML reads 010 as another number"),
        ("a: !!binary aGk=\n", "here:1:4: tags (!) are not supported"),
        ("- " * 51, "here:1:101: nested more than 50 levels deep"),
    ],
)
def test_yaml_that_could_be_misread_is_refused_with_its_line(text, words):
    with pytest.raises(UnusableInput) as caught:
        files.parse_yaml(text, "here")
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("text", ["0", "-0.5", "0.05", "1e3", "100", "'010'", "'1:30'", "2026-11-22", "0x1f", "a:b"])
def test_yaml_that_means_what_it_says_is_read(text):
    assert files.parse_yaml(text, "here") == yaml.safe_load(text)


def test_a_file_of_just_the_largest_size_is_read_and_one_byte_more_is_not(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * files.LARGEST_BYTES)
    assert len(files.read_text(path)) == files.LARGEST_BYTES
    path.write_bytes(b"#" * (files.LARGEST_BYTES + 1))
    with pytest.raises(UnusableInput, match="larger than 1000 kB"):
        files.read_text(path)


@posix
def test_an_endless_device_is_refused_rather_than_read_to_its_end():
    with pytest.raises(UnusableInput, match=r"^/dev/zero: larger than"):
        files.read_text(Path("/dev/zero"))


@pytest.mark.parametrize("name", ["missing", "x" * 5000, "file/below"])
def test_a_file_that_cannot_be_opened_says_why(name, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UnusableInput) as caught:
        files.read_text(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")


@pytest.mark.parametrize("name", ["", "nothing-of-this-name", "x" * 5000, "*"])
def test_a_name_that_nothing_is_called_lists_what_there_is(name):
    with pytest.raises(UnusableInput, match=r"there are: .*two-sites"):
        files.find(name, "scenarios", "scenario")


def test_a_file_without_an_ending_is_found_where_nothing_shipped_has_its_name(tmp_path):
    path = tmp_path / "my-plan"
    path.write_text("", encoding="utf-8")
    found = python(
        "import os, sys; os.chdir(sys.argv[1]); from remoteready import files\n"
        "print(files.find('my-plan', 'scenarios', 'scenario'))",
        str(tmp_path),
    )
    assert (found.stdout, found.stderr) == ("my-plan\n", "")


# Writing


def test_a_new_file_holds_exactly_the_text_and_nothing_is_left_beside_it(tmp_path):
    files.write(tmp_path / "report.txt", "ready – prêt\r\n\n")
    assert (tmp_path / "report.txt").read_bytes() == "ready – prêt\r\n\n".encode()
    assert listing(tmp_path) == ["report.txt"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o777])
def test_an_existing_file_is_replaced_and_keeps_its_mode(mode, tmp_path):
    path = tmp_path / "report.txt"
    path.write_text("old and longer", encoding="utf-8")
    path.chmod(mode)
    files.write(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
def test_a_link_stays_a_link_and_its_target_gets_the_text(tmp_path):
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "report.txt", tmp_path / "latest.txt"
    link.symlink_to(target)
    for text in ("first", "second"):
        files.write(link, text)
        assert link.readlink() == target
        assert target.read_text(encoding="utf-8") == text
    assert listing(tmp_path) == ["latest.txt", "real"]
    assert listing(tmp_path / "real") == ["report.txt"]


def test_a_name_as_long_as_the_file_system_allows_is_written(tmp_path):
    path = tmp_path / ("r" * 255)
    files.write(path, "text")
    assert path.read_text(encoding="utf-8") == "text"


@posix
def test_a_device_is_written_to_and_stays_a_device():
    before = Path(os.devnull).stat()
    files.write(Path(os.devnull), "text")
    after = Path(os.devnull).stat()
    assert stat.S_ISCHR(after.st_mode)
    assert (before.st_ino, before.st_rdev) == (after.st_ino, after.st_rdev)


@posix
def test_a_pipe_gets_the_text_and_stays_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE, text=True)
    files.write(path, "through the pipe")
    assert reader.communicate(timeout=60)[0] == "through the pipe"
    assert stat.S_ISFIFO(path.stat().st_mode)


@needs_full
@pytest.mark.parametrize("text", ["x", "x" * 1_000_000])
def test_a_full_device_is_said_to_be_full(text, tmp_path):
    link = tmp_path / "report.txt"
    link.symlink_to(FULL)
    with pytest.raises(UnusableOutput) as caught:
        files.write(link, text)
    assert str(caught.value) == f"{link}: no space left on device; nothing was written"
    assert listing(tmp_path) == ["report.txt"]


@posix
def test_a_write_that_fails_half_way_leaves_the_old_text_and_no_part_of_the_new(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text("old", encoding="utf-8")
    ended = python(
        "import resource, sys; from pathlib import Path; from remoteready import exits, files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: files.write(Path(sys.argv[1]), 'new' * 100_000)\n"
        "except exits.UnusableOutput as error: print(error)",
        str(path),
    )
    assert ended.stdout == f"{path}: file too large; nothing was written\n"
    assert ended.stderr == ""
    assert path.read_text(encoding="utf-8") == "old"
    assert listing(tmp_path) == ["report.txt"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/report.txt", "does not exist"),
        ("file/report.txt", "not a directory"),
        ("folder", "is a folder; name a file in it"),
        ("x" * 5000, "file name too long"),
        pytest.param("circle", "too many levels of symbolic links", marks=posix),
    ],
    ids=["folder missing", "folder is a file", "is a folder", "name too long", "link to itself"],
)
def test_a_place_that_cannot_be_written_is_refused_before_the_work_and_nothing_changes(name, words, tmp_path):
    (tmp_path / "file").write_text("old", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    before = listing(tmp_path)
    path = tmp_path / name
    with pytest.raises(UnusableOutput) as before_the_work:
        files.check_writable(path)
    with pytest.raises(UnusableOutput) as after_the_work:
        files.write(path, "text")
    assert str(before_the_work.value) == str(after_the_work.value)
    assert str(before_the_work.value).startswith(f"{path}: ")
    assert words in str(before_the_work.value)
    assert listing(tmp_path) == before
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(deadline=None)
def test_whatever_text_is_written_is_read_back(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "round-trip.txt"
    files.write(path, text)
    assert path.read_bytes().decode() == text


# Standard output

SAY = (
    "import sys; from remoteready import exits, files\n"
    "try: files.write_stdout('x' * int(sys.argv[1]))\n"
    "except exits.UnusableOutput as error: sys.stderr.write(f'{error}\\n'); sys.exit(error.exit_code)"
)
SIZES = pytest.mark.parametrize("size", ["10", "1000000"])


@SIZES
@posix
def test_a_reader_that_has_gone_away_ends_the_output_in_silence(size):
    reader, writer = os.pipe()
    os.close(reader)
    ended = python(SAY, size, stdout=writer)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


@SIZES
@needs_full
def test_standard_output_that_is_full_is_one_line_and_exit_code_2(size):
    with FULL.open("wb") as full:
        ended = python(SAY, size, stdout=full.fileno())
    assert (ended.returncode, ended.stderr) == (2, "standard output: no space left on device\n")


@posix
def test_standard_output_that_is_closed_is_one_line_and_exit_code_2():
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-W", "error", "-c", SAY, "10"]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (2, "standard output: is closed\n")


@SIZES
def test_standard_output_gets_all_of_the_text(size):
    ended = python(SAY, size)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "x" * int(size), "")
