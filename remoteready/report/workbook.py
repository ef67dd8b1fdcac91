"""A plan as a workbook for spreadsheets: values as numbers, units and formulas named, a sheet for each site.

Needs the extra `plan`. Every number of the plan is a value; formulas are named as text, since spreadsheets have none
of Erlang's or Panjer's.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from remoteready.exits import UnusableInput
from remoteready.formulas import Number
from remoteready.language import tr
from remoteready.report import advice, days, planning

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from remoteready.plan.links import SiteSizing
    from remoteready.plan.sizing import Sizing

INSTALL = "pip install 'remoteready[plan]'"
LONGEST_TITLE = 31
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
"""What Excel does not take in the title of a sheet."""
Cell = str | Number | None
Row = Sequence[Cell]


def workbook(sizing: "Sizing") -> bytes:
    """The workbook as the bytes of an .xlsx file. UnusableInput: the extra is missing."""
    try:
        from openpyxl import Workbook
    except ImportError:
        raise UnusableInput(f"--format xlsx: needs one more package: {INSTALL}") from None
    book = Workbook()
    sheets: list[tuple[str, Iterable[Row], Sequence[int]]] = [
        (tr("Plan"), _summary(sizing), (44, 18, 14, 60)),
        (tr("Figures"), _figures(sizing), (26, 26, 18, 12, 60, 60, 60)),
        *((site.name, _site(site), (44, 18, 14)) for site in sizing.sites),
        *((_of_day(site.name), _table(days.link_rows(site.day)), (14,) * 9) for site in sizing.sites if site.day),
        *((_of_day(one.name), _table(days.session_rows(one.day)), (14,) * 3) for one in sizing.gateways if one.day),
    ]
    taken: set[str] = set()
    book.remove(book.worksheets[0])
    for name, rows, widths in sheets:
        _fill(book.create_sheet(_title(name, taken)), rows, widths)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _title(name: str, taken: set[str]) -> str:
    """A title that Excel takes, and that no other sheet has."""
    plain = FORBIDDEN.sub("-", name)[:LONGEST_TITLE].strip() or "-"
    title, number = plain, 1
    while title.casefold() in taken | {"history"}:
        number += 1
        title = f"{plain[: LONGEST_TITLE - len(str(number)) - 1]} {number}"
    taken.add(title.casefold())
    return title


def _fill(sheet: "Worksheet", rows: Iterable[Row], widths: Sequence[int]) -> None:
    """The rows below each other, the first one in bold and always in sight."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            if isinstance(value, str):
                cell.value = value
                cell.data_type = "s"  # a name that begins with = is a name, not a formula
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            elif value is not None:
                cell.value = float(value)
                cell.number_format = "#,##0.00####"
                cell.alignment = Alignment(vertical="top")
            if number == 1:
                cell.font = Font(bold=True)
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"


def _summary(sizing: "Sizing") -> Iterator[Row]:
    yield sizing.scenario.name, tr("value"), tr("unit"), ""
    if planning.judged(sizing):
        yield tr("verdict"), planning.title(sizing), "", planning.sentence(sizing)
    for one in sizing.totals:
        yield one.name.replace("_", " "), one.value, one.unit, one.formula
    for site in sizing.sites:
        yield tr("{site}: smallest link that holds").format(site=site.name), site.link_mbps_needed, "Mbps", ""
    for gateway in sizing.gateways:
        if gateway.gateways_needed is not None:
            yield tr("{name}: gateways needed").format(name=gateway.name), gateway.gateways_needed, "", ""
    _, levers = advice.levers(sizing)
    for lever in levers:
        yield tr("what would save most"), None, "", lever
    yield tr("mind"), None, "", planning.assumptions(sizing)


def _figures(sizing: "Sizing") -> Iterator[Row]:
    yield tr("of"), tr("figure"), tr("value"), tr("unit"), tr("formula"), tr("computed from"), tr("source")
    for scope, figures in planning.explained(sizing):
        for one in figures:
            inputs = "; ".join(f"{name.replace('_', ' ')} = {float(value):.10g}" for name, value in one.inputs.items())
            yield scope, one.name, one.value, one.unit, one.formula, inputs, one.source


def _of_day(name: str) -> str:
    return tr("{name}, day").format(name=name[: LONGEST_TITLE - 5])


def _table(found: tuple[list[str], days.Cells]) -> Iterator[Row]:
    heads, rows = found
    yield heads
    yield from rows


def _site(site: "SiteSizing") -> Iterator[Row]:
    yield site.name, tr("value"), tr("unit")
    for label, load in planning.site_loads(site):
        yield label, load.value, load.unit
    yield tr("smallest link that holds"), site.link_mbps_needed, "Mbps"
    if site.standing and site.standing.slowed:
        yield tr("share of the time that uploads are slowed"), site.standing.slowed.value, ""
    for time in site.upload_times:
        yield tr("{line}: mean upload").format(line=time.label), time.seconds.value, time.seconds.unit
