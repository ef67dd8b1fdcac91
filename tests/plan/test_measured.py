"""Measured uplinks: whatever a CSV of them looks like, it becomes the same lines or one clear refusal."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.exits import UnusableInput
from remoteready.plan import scenario
from remoteready.plan.measured import read_uplinks
from remoteready.workload import Uplink

THREE = (
    Uplink(share=Decimal("0.25"), mbps=Decimal(2)),
    Uplink(share=Decimal("0.5"), mbps=Decimal("4.5")),
    Uplink(share=Decimal("0.25"), mbps=Decimal(20)),
)


@pytest.mark.parametrize(
    "content",
    [
        "4.5\n2\n20\n4.5\n",
        "uplink_mbps\n4.5\n2\n20\n4.5\n",
        "agent,uplink_mbps\na,4.5\nb,2\nc,20\nd,4.5\n",
        "agent;Uplink_Mbps\r\na;4,5\r\nb;2\r\nc;20\r\nd;4,5\r\n",
        "\ufeffuplink_mbps\tagent\n4.5\ta\n2\tb\n\n20\tc\n4.5\td\n",
    ],
    ids=["numbers", "header", "columns", "semicolons and commas", "tabs, a mark and a gap"],
)
def test_every_usual_form_of_a_csv_gives_the_same_lines(content, tmp_path):
    path = tmp_path / "uplinks.csv"
    path.write_text(content, encoding="utf-8", newline="")
    assert read_uplinks(path) == THREE


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty; give one uplink a line"),
        (b"uplink_mbps\n", "has a header and no uplinks below it"),
        (b"agent,mbps\na,4\n", "line 1: no column is called uplink_mbps"),
        (b"uplink_mbps\n4\nfast\n", "line 3, uplink_mbps: 'fast' is not a number"),
        (b"uplink_mbps\n=B1*2\n", "line 2, uplink_mbps: '=B1*2' is not a number"),
        (b"4\n-1\n", "line 2, uplink_mbps: must be at least 0.001, not -1"),
        (b"4\nnan\n", "line 2, uplink_mbps: must be a number to calculate with, not NaN"),
        (b"4\n1e12\n", "line 2, uplink_mbps: must be at most 1000000"),
        (b"4\n\xe9\n", ":2:1: not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused_by_file_and_line(content, words, tmp_path):
    path = tmp_path / "uplinks.csv"
    path.write_bytes(content)
    with pytest.raises(UnusableInput) as caught:
        read_uplinks(path)
    assert str(caught.value).startswith(f"{path}:")
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@given(st.lists(st.decimals(min_value=Decimal("0.01"), max_value=1000, places=2), min_size=1, max_size=300))
def test_classes_are_all_of_the_lines_and_keep_their_mean(tmp_path_factory, measured):
    path: Path = tmp_path_factory.getbasetemp() / "any-uplinks.csv"
    path.write_text("\n".join(map(str, measured)), encoding="utf-8")
    classes = read_uplinks(path)
    assert len(classes) <= 12
    assert sum(line.share for line in classes) == 1
    mean = sum(measured) / len(measured)
    assert sum(line.share * line.mbps for line in classes) == pytest.approx(
        mean, rel=Decimal("0.01"), abs=Decimal("0.001")
    )


def test_a_scenario_reads_the_file_beside_it(tmp_path):
    (tmp_path / "uplinks.csv").write_text("2\n4.5\n4.5\n20\n", encoding="utf-8")
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "name: a\nsites: {lyon: }\ngroups:\n  - {name: b, site: lyon, users: 8, home: {measured: uplinks.csv},"
        " workload: {calls_per_day: 40, minutes_per_call: 6}}\n",
        encoding="utf-8",
    )
    [group] = scenario.load(str(plan)).groups
    assert group.home is not None
    assert group.home.classes == THREE
