"""The workbook opens again and holds the plan's numbers, units and formulas."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from remoteready.cli import plan_size
from remoteready.exits import UnusableInput
from remoteready.plan.scenario import load
from remoteready.plan.sizing import Sizing, size
from remoteready.report import planning
from remoteready.report.workbook import workbook


def opened(sizing: Sizing) -> Any:
    return load_workbook(BytesIO(workbook(sizing)))


@pytest.mark.parametrize("name", ["two-sites", "home-lines"])
def test_every_figure_is_in_the_workbook_with_unit_and_formula(name):
    sizing = size(load(name))
    book = opened(sizing)
    assert book.sheetnames == ["Plan", "Figures", *(site.name for site in sizing.sites)]
    rows = list(book["Figures"].iter_rows(min_row=2, values_only=True))
    expected = [(scope, one) for scope, figures in planning.explained(sizing) for one in figures]
    assert len(rows) == len(expected)
    for (scope, one), row in zip(expected, rows, strict=True):
        assert (row[0], row[1], row[3] or "", row[4], row[6]) == (scope, one.name, one.unit, one.formula, one.source)
        assert row[2] == pytest.approx(float(one.value))


def test_each_site_has_its_loads_on_a_sheet_of_its_own():
    sizing = size(load("home-lines"))
    shown = {row[0]: row[1] for row in opened(sizing)["head-office"].iter_rows(min_row=2, values_only=True)}
    for label, one in planning.site_loads(sizing.sites[0]):
        assert shown[label] == pytest.approx(float(one.value))


def test_names_that_excel_would_run_or_refuse_are_kept_as_text():
    plan = load("two-sites")
    odd = {
        "lyon": "=1+1 [a/b]: a name that is far too long for it",
        "krakow": "=1+1 [A/B]: a name that is far too long",
    }
    sizing = size(
        replace(
            plan,
            name="=HYPERLINK(1)",
            sites={odd[name]: link for name, link in plan.sites.items()},
            groups=tuple(replace(group, site=odd[group.site]) for group in plan.groups),
        )
    )
    book = opened(sizing)
    assert len({title.casefold() for title in book.sheetnames}) == 4
    assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert book["Plan"]["A1"].value == "=HYPERLINK(1)"


def test_the_command_writes_a_workbook_and_only_to_a_file(tmp_path):
    path = tmp_path / "plan.xlsx"
    done = CliRunner().invoke(plan_size.app, ["home-lines", "--format", "xlsx", "-o", str(path)])
    assert done.exit_code == 0
    assert load_workbook(path).sheetnames[0] == "Plan"
    assert isinstance(CliRunner().invoke(plan_size.app, ["home-lines", "--format", "xlsx"]).exception, UnusableInput)
