"""Interval tables and call records: what is in a file is read exactly, what is not clear is refused with its place."""

import json
import tracemalloc
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.exits import UnusableInput
from remoteready.plan import cells, columns, curves, intervals
from remoteready.plan.intervals import Intervals, read
from remoteready.plan.layout import Choices
from remoteready.report import intervals as report

MONDAY = date(2026, 11, 2)


def table(*rows: str, header: str = "Date,Time,Calls,AHT") -> str:
    return "\n".join((header, *rows)) + "\n"


def day_rows(day: date, calls: list[int], aht_s: int = 300, *, start: int = 9 * 60, step: int = 30) -> list[str]:
    """One day of intervals from `start` on."""
    times = [start + step * place for place in range(len(calls))]
    return [f"{day},{m // 60:02}:{m % 60:02},{n},{aht_s}" for m, n in zip(times, calls, strict=True)]


def written(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def learnt(folder: Path, text: str | bytes, **choices: object) -> Intervals:
    return read(written(folder, text), Choices(**choices))  # type: ignore[arg-type]  # named by the test


def complaint(folder: Path, text: str | bytes, **choices: object) -> str:
    with pytest.raises(UnusableInput) as refused:
        learnt(folder, text, **choices)
    assert str(folder / "table.csv") in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


# --- what is learnt ---------------------------------------------------------------------------------------------------


def test_a_worked_example_is_read_to_the_last_erlang(tmp_path):
    """Offered load is arrival rate × mean holding time (ITU-T E.600): 360 calls of 240 s in 30 minutes are 48 E."""
    found = learnt(tmp_path, table("2026-11-02,10:00,100,240", "2026-11-02,10:30,360,240", "2026-11-02,11:00,300,240"))
    assert (found.step_minutes, found.total.days, found.total.intervals, found.total.calls) == (30, 1, 3, 760)
    assert found.peak == intervals.Peak(datetime(2026, 11, 2, 10, 30), 360, 48.0)
    assert found.total.busy_hour == curves.BusyHour(datetime(2026, 11, 2, 10, 30), 44.0, 660)
    assert found.total.aht_s == 240
    assert found.usual_busy_hour == curves.UsualBusyHour(630, 44.0, 660 / 760)


def test_the_busy_hour_slides_over_quarters_and_over_midnight(tmp_path):
    rows = [f"2026-11-02,23:{m},{n},60" for m, n in (("00", 5), ("15", 5), ("30", 60), ("45", 60))]
    rows += [f"2026-11-03,00:{m},{n},60" for m, n in (("00", 60), ("15", 60), ("30", 1))]
    hour = learnt(tmp_path, table(*rows)).total.busy_hour
    assert hour == curves.BusyHour(datetime(2026, 11, 2, 23, 30), 4.0, 240)


def test_the_usual_busy_hour_may_go_past_midnight(tmp_path):
    rows = [
        f"2026-11-0{day},{time},{n},60" for day in (2, 3) for time, n in (("00:00", 60), ("08:00", 1), ("08:30", 1))
    ]
    rows += [f"2026-11-0{day},23:30,60,60" for day in (2, 3)]
    found = learnt(tmp_path, table(*sorted(rows)))
    assert found.usual_busy_hour == curves.UsualBusyHour(1410, 2.0, 120 / 122)


def test_times_of_which_some_are_in_utc_are_refused_and_all_of_them_beside_shifts(tmp_path):
    zones = ("2026-11-02T08:00:00Z,40,60", "2026-11-02T09:30:00+01:00,40,60")
    for rows in (zones, sorted(zones, reverse=True)):
        said = complaint(tmp_path, table(*rows, header="timestamp,calls,aht"))
        assert "line 3, column timestamp" in said
        assert "some times are in UTC and others are not" in said
    told = complaint(tmp_path, table(zones[0], zones[0], header="timestamp,calls,aht"), beside_shifts=True)
    assert "line 2, column timestamp: '2026-11-02T08:00:00Z' is in UTC" in told


def test_a_table_without_dates_is_refused_at_its_first_row(tmp_path):
    text = table("08:00,1,60", "08:30,1,60", "09:00,1,60", header="Time,Calls,AHT")
    assert "line 2, column Time: has a time but no date" in complaint(tmp_path, text)


@given(
    st.lists(st.tuples(st.integers(0, 95), st.integers(1, 200), st.integers(1, 900)), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
)
def test_the_busy_hour_is_the_best_of_all_windows_whatever_the_order_of_the_rows(tmp_path_factory, slots, random):
    volumes = {slot: (calls, aht) for slot, calls, aht in slots}
    rows = [f"2026-11-02 {slot // 4:02}:{slot % 4 * 15:02},{n},{aht}" for slot, (n, aht) in volumes.items()]
    random.shuffle(rows)
    found = learnt(tmp_path_factory.mktemp("any"), table(*rows, header="Start,Calls,AHT"))
    windows = [sum(n * aht for s, (n, aht) in volumes.items() if start <= s < start + 4) for start in range(-3, 96)]
    assert found.total.busy_hour is not None
    assert found.total.busy_hour.load_erlangs == pytest.approx(max(windows) / 3600)
    assert found.total.calls == sum(n for n, _ in volumes.values())


def test_the_mean_day_has_its_band_and_a_missing_interval_is_not_zero(tmp_path):
    rows = [row for n in range(20) for row in day_rows(MONDAY + timedelta(n), [10 + n, 20])]
    found = learnt(tmp_path, table(*rows[:-1]))
    first, second = found.day
    assert first.mean_erlangs == pytest.approx(sum(10 + n for n in range(20)) / 20 * 300 / 1800)
    assert first.high_erlangs == 28 * 300 / 1800  # 95 % of twenty days stay at or below the nineteenth
    assert first.highest_erlangs == 29 * 300 / 1800
    assert (second.mean_calls, second.highest_erlangs) == (20, 20 * 300 / 1800)


def test_days_are_compared_with_their_own_weekday(tmp_path):
    """Mondays twice as busy as Tuesdays are no risk; days that differ from their weekday by 10 % are."""
    even = [row for n in range(28) for row in day_rows(MONDAY + timedelta(n), [200 if n % 7 == 0 else 100])]
    assert learnt(tmp_path, table(*even)).day_cv == 0
    odd = [row for n in range(28) for row in day_rows(MONDAY + timedelta(n), [110 if n // 7 % 2 else 90])]
    assert learnt(tmp_path, table(*odd)).day_cv == pytest.approx(0.1 * (28 / 21) ** 0.5)
    assert learnt(tmp_path, table(*odd[:7])).day_cv is None


def test_sites_are_told_apart_and_added_up(tmp_path):
    rows = [f"{site},2026-11-02,{hour:02}:00,{n},360" for hour, n in ((9, 10), (10, 30)) for site in ("Lyon", "Porto")]
    rows.append("Lyon,2026-11-02,11:00,50,360")
    found = learnt(tmp_path, table(*rows, header="Site,Date,Time,Calls Offered,AHT"))
    assert [(one.name, one.calls, one.intervals) for one in found.series] == [("Lyon", 90, 3), ("Porto", 40, 2)]
    assert found.total.calls == 130
    assert found.total.busy_hour == curves.BusyHour(datetime(2026, 11, 2, 10), 6.0, 60)
    assert "Lyon" in report.intervals(found)
    assert learnt(tmp_path, table(*rows, header="Site,Date,Time,Calls Offered,AHT"), together=True).total == found.total


def test_a_table_of_days_by_intervals_is_read_with_a_given_handle_time(tmp_path):
    text = "Datum;08:00;08:30;09:00;09:30\n02.11.2026;10;20;30;40\n03.11.2026;10;20;30;1.040\n"
    found = learnt(tmp_path, text, aht_s=180, decimal_mark=",")
    assert (found.total.calls, found.total.days, found.step_minutes) == (1200, 2, 30)
    assert found.peak.load_erlangs == 1040 * 180 / 1800


def test_calls_give_load_where_they_are_spoken_and_count_where_they_begin(tmp_path):
    text = "start,duration\n2026-11-02 08:14:00,120\n2026-11-02 08:20:00,0:02:00\n2026-11-02 23:59:00,120\n"
    found = learnt(tmp_path, text + "2026-11-02 09:00:00,0\n")
    loads = {slot.minute: (slot.mean_calls, slot.mean_erlangs) for slot in found.day}
    assert loads[8 * 60] == (1, 60 / 900)
    assert loads[8 * 60 + 15] == (1, 180 / 900)
    assert loads[0] == (0, 60 / 900)
    assert (found.kind, found.total.calls, found.total.aht_s) == ("calls", 3, 120)
    assert any("1 records without a length" in note for note in found.notes)


def test_calls_with_an_end_may_run_over_midnight(tmp_path):
    found = learnt(tmp_path, "Date,Start,End\n2/11/2026,23:50,0:20\n13/11/2026,10:00,10:10\n", step_minutes=30)
    assert (found.total.calls, found.total.aht_s) == (2, 1200)
    assert "ends before it begins" in complaint(tmp_path, "start,end\n2026-11-02 10:00,2026-11-02 09:00\n")


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=60))
def test_the_spread_of_call_lengths_is_that_of_the_calls(tmp_path_factory, lengths):
    rows = [f"2026-11-02 08:{place:02}:00,{length}" for place, length in enumerate(lengths)]
    found = learnt(tmp_path_factory.mktemp("calls"), table(*rows, header="calldate,billsec"))
    assert found.handle_times is not None
    assert found.handle_times.mean_s == pytest.approx(sum(lengths) / len(lengths))
    ranked = sorted(lengths)
    assert found.handle_times.quantiles_s[50] == ranked[-(-len(ranked) // 2) - 1]
    assert found.total.aht_s == pytest.approx(sum(lengths) / len(lengths))


def test_handle_times_come_from_whatever_column_has_them(tmp_path):
    header = "Date,Time,Calls Offered,Calls Answered"
    row = "2026-11-02,10:00,100,80"
    assert learnt(tmp_path, table(row + ",24000", header=header + ",Total handling time")).total.aht_s == 300
    assert (
        learnt(tmp_path, table(row + ",4,1", header=header + ",Avg Talk Time (min),Avg ACW (min)")).total.aht_s == 300
    )
    assert learnt(tmp_path, table(row + ",5:00", header=header + ",Average Handle Time")).total.aht_s == 300
    assert learnt(tmp_path, table(row + ",300000", header=header + ",AHT"), unit="ms").total.aht_s == 300
    assert learnt(tmp_path, table(row, header=header), aht_s=300.0).total.aht_s == 300


def test_a_total_in_milliseconds_is_not_taken_for_seconds(tmp_path):
    text = table("2026-11-02,10:00,5,1500000", header="Date,Time,Calls,Total handle time")
    assert "line 2: 83.3 hours for a call" in complaint(tmp_path, text)
    assert learnt(tmp_path, text, unit="ms").total.aht_s == 300


def test_hours_of_utc_are_said_to_be_such(tmp_path):
    text = table("2026-11-02T10:00:00Z,5,60", header="Interval Start,Offer,Avg Handle")
    assert learnt(tmp_path, text).notes == (
        "Times are in UTC, as the file says: hours of the day are not those on the wall.",
    )


def test_only_answered_calls_are_said_to_be_such(tmp_path):
    text = table(
        "2026-11-02,10:00,10:30,5,200,40", header="Date,StartTime,StopTime,ACD Calls,Avg ACD Time,Avg ACW Time"
    )
    found = learnt(tmp_path, text)
    assert found.total.aht_s == 240
    assert "Only answered calls" in found.notes[0]
    assert set(found.columns) == {"date", "time", "answered", "talk", "wrap"}


# --- how files are written -------------------------------------------------------------------------------------------

SPOKEN = {
    "german": "Gruppe;Datum;Uhrzeit;Anrufe;Mittlere Bearbeitungszeit\nGespräche;02.11.2026;08:30;1.010;250,5\n",
    "french": "Date\tTranche horaire\tAppels reçus\tDMT\n02/11/2026\t8h30\t1\u202f010\t250,5\n13/11/2026\t8h30\t0\t\n",
    "spanish": "Fecha;Intervalo;Llamadas;TMO\n02/11/2026;08:30-09:00;1010;00:04:10,5\n30/11/2026;08:30-09:00;0;\n",
    "american": 'Date,Time,Calls,AHT\n11/2/2026,8:30 AM,"1,010",250.5\n11/13/2026,8:30 AM,0,\n',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("language", SPOKEN)
def test_the_same_table_is_read_alike_in_every_language_and_encoding(language, encoding, tmp_path):
    text = SPOKEN[language].replace("\u202f", "\u00a0" if encoding == "cp1252" else "\u202f")
    found = learnt(tmp_path, text.encode(encoding))
    assert found.peak.start == datetime(2026, 11, 2, 8, 30)
    assert found.total.calls == 1010
    assert found.total.aht_s == 250.5


def test_titles_above_the_header_blank_lines_and_totals_below_are_passed_over(tmp_path):
    text = (
        "sep=;\nSplit report;;;\nfrom: 2026-11-02;;;\n\nDate;Time;Calls;AHT\n2026-11-02;10:00;5;60\n;;;\nTotal;;5;60\n"
    )
    found = learnt(tmp_path, text)
    assert found.total.calls == 5
    assert found.notes == ("1 row of totals is left out.",)


WHENS = {
    "2026-11-22 08:30": (2026, 11, 22, 8, 30),
    "2026-11-22T08:30:00Z": (2026, 11, 22, 8, 30),
    "2026-11-22T08:30:00.000+01:00": (2026, 11, 22, 8, 30),
    "22.11.2026 08:30:00": (2026, 11, 22, 8, 30),
    "22.11.26 8.30": (2026, 11, 22, 8, 30),
    "22-11-2026 08:30": (2026, 11, 22, 8, 30),
    "11/22/26 8:30 PM": (2026, 11, 22, 20, 30),
    "11/22/2026, 12:30 AM": (2026, 11, 22, 0, 30),
    "Sun 22/11/2026 08:30": (2026, 11, 22, 8, 30),
    "22-Nov-2026 08:30": (2026, 11, 22, 8, 30),
    "Nov 22, 2026 8:30 am": (2026, 11, 22, 8, 30),
    "2026/11/22 08:30 - 09:00": (2026, 11, 22, 8, 30),
    "20261122 08:30-09:00": (2026, 11, 22, 8, 30),
    "2026-11-22 24:00": (2026, 11, 23, 0, 0),
}


@pytest.mark.parametrize("text", WHENS)
def test_dates_and_times_are_read_as_they_are_written(text):
    number, second = cells.when(text)
    assert number is not None
    assert second is not None
    assert datetime.fromordinal(number) + timedelta(seconds=second) == datetime(*WHENS[text])


@pytest.mark.parametrize("text", ["0830", "08:30", "8:30", "08.30", "8h30", "08:30-09:00", "0830-0900", "8:30 AM"])
def test_a_time_of_day_stands_alone_or_begins_an_interval(text):
    assert cells.when(text) == (None, 8 * 3600 + 30 * 60)


@given(st.integers(0, 10**9), st.integers(0, 99), st.sampled_from(".,"))
def test_a_number_is_read_alike_with_either_decimal_mark(whole, cents, mark):
    grouped = f"{whole:,}".replace(",", {".": ",", ",": "."}[mark])
    for text in (f"{whole}{mark}{cents:02}", f"{grouped}{mark}{cents:02}"):
        assert cells.Numbers().read(text) == pytest.approx(whole + cents / 100)


def test_a_number_that_reads_in_two_ways_is_settled_by_the_file_or_refused(tmp_path):
    rows = ["2026-11-02;10:00;1.234;100", "2026-11-02;10:30;5;{aht}"]
    header = "Date;Time;Calls;AHT"
    assert learnt(tmp_path, table(*rows, header=header).format(aht="100,5")).peak.calls == 1234
    assert learnt(tmp_path, table(*rows, header=header).format(aht="100.5")).peak.calls == 5
    assert "line 2, column Calls" in complaint(tmp_path, table(*rows, header=header).format(aht="100"))
    assert "--decimal comma" in complaint(tmp_path, table(*rows, header=header).format(aht="100"))
    assert learnt(tmp_path, table(*rows, header=header).format(aht="7"), decimal_mark=",").peak.calls == 1234
    mixed = table("2026-11-02;10:00;1;2,5", "2026-11-02;10:30;1;2.5", header=header)
    assert "line 3, column AHT: '2.5' has a decimal point" in complaint(tmp_path, mixed)


def test_a_date_that_reads_in_two_ways_is_settled_by_the_file_or_refused(tmp_path):
    row = "{},10:00,5,60"
    for first, second, month in (("3/4/2026", "13/4/2026", 4), ("3/4/2026", "3/13/2026", 3)):
        found = learnt(tmp_path, table(row.format(first), row.format(second)))
        assert found.first_day[:7] == f"2026-{month:02}"
    week = [row.format(f"{day}/11/2026") for day in (2, 3, 4, 5, 6)]
    assert learnt(tmp_path, table(*week)).first_day == "2026-11-02"
    assert "Dates are read as day/month." in learnt(tmp_path, table(*week)).notes
    assert "--dates day-first" in complaint(tmp_path, table(row.format("3/4/2026")))
    assert learnt(tmp_path, table(row.format("3/4/2026")), month_first=True).first_day == "2026-03-04"
    both = table(row.format("13/4/2026"), row.format("4/14/2026"))
    assert "line 3, column Date" in complaint(tmp_path, both)
    assert "another order" in complaint(tmp_path, both)


def test_a_header_that_nobody_foresaw_can_be_named(tmp_path):
    text = "Wann,Wieviel,Wie lang\n2026-11-02 10:00,5,60\n"
    assert "--column" in complaint(tmp_path, text)
    given_columns = {"time": "Wann", "offered": "Wieviel", "aht": "wie lang"}
    assert learnt(tmp_path, text, columns=given_columns).total.calls == 5
    assert "'Wo'" in complaint(tmp_path, text, columns={"time": "Wo"})


@pytest.mark.parametrize("role", columns.SPELLINGS)
def test_every_spelling_is_one_that_a_header_can_have(role):
    assert all(columns.plain(spelling) == spelling for spelling in columns.SPELLINGS[role])


# --- clocks and gaps --------------------------------------------------------------------------------------------------


def test_the_day_with_25_hours_is_understood(tmp_path):
    first, second = (day_rows(date(2026, 10, 25), [4] * 12, start=start, step=15) for start in (0, 120))
    found = learnt(tmp_path, table(*first, *second))
    assert found.notes == ("2026-10-25 has 25 hours: 02:00 stands twice, as the clock goes back.",)
    assert (found.total.calls, found.total.intervals) == (96, 24)
    sites = [f"Lyon,{row}" for row in (*first, *second)]
    assert learnt(tmp_path, table(*sites, header="Site,Date,Time,Calls,AHT")).total.calls == 96


def test_half_an_hour_twice_is_not_a_clock_that_goes_back(tmp_path):
    rows = day_rows(date(2026, 10, 25), [4] * 12, start=0, step=15)
    assert "line 14" in complaint(tmp_path, table(*rows, *rows[8:10]))


def test_the_day_with_23_hours_is_understood(tmp_path):
    rows = [row for n in range(10) for row in day_rows(date(2026, 3, 25) + timedelta(n), [4] * 8, start=60)]
    rows = [row for row in rows if not row.startswith(("2026-03-29,02",))]
    assert learnt(tmp_path, table(*rows)).notes == (
        "2026-03-29 has 23 hours: 02:00 is missing, as the clock goes forward.",
    )


def test_a_gap_is_named_and_lunch_is_not_one(tmp_path):
    rows = [row for n in range(5) for row in day_rows(MONDAY + timedelta(n), [4] * 8)]
    lunch = [row for row in rows if ",11:00" not in row]
    assert learnt(tmp_path, table(*lunch)).notes == ()
    holed = [row for row in lunch if not row.startswith("2026-11-04,10:00")]
    assert learnt(tmp_path, table(*holed)).notes == (
        "1 gap inside a day counts as unknown, not as no calls: 2026-11-04 10:00 to 10:30.",
    )


# --- bad files ------------------------------------------------------------------------------------------------------

GOOD = "2026-11-02,10:00,5,60"
BAD_ROWS = {
    "negative": ("2026-11-02,10:30,-5,60", "line 3, column Calls: -5 is negative"),
    "not a number": ("2026-11-02,10:30,NaN,60", "column Calls: 'NaN' is not a number to calculate with"),
    "infinite": ("2026-11-02,10:30,5,inf", "column AHT: 'inf'"),
    "absurd": ("2026-11-02,10:30,1000000000000000000,60", "more than anything that is counted"),
    "a formula": ("2026-11-02,10:30,=A1+B1,60", "column Calls: '=A1+B1' is a formula, not its value"),
    "an error value": ("2026-11-02,10:30,5,#DIV/0!", "column AHT: '#DIV/0!' is a spreadsheet's error"),
    "words": ("2026-11-02,10:30,many,60", "column Calls: 'many' is not a number"),
    "no calls": ("2026-11-02,10:30,,60", "column Calls: is empty; write 0"),
    "no handle time": ("2026-11-02,10:30,5,", "column AHT: is empty"),
    "hours": ("2026-11-02,10:30,5,200000", "more than 4 hours; name its unit"),
    "milliseconds": ("2026-11-02,10:30,5,14400000", "more than 4 hours; name its unit: --unit ms"),
    "no such day": ("2026-11-31,10:30,5,60", "column Date: '2026-11-31' is not a date"),
    "no such time": ("2026-11-02,10:75,5,60", "column Time: '10:75' is not a time of day"),
    "serial date": ("46328,10:30,5,60", "a spreadsheet's number for a date"),
    "serial time": ('2026-11-02,"0,4375",5,60', "format the column as time"),
    "odd minute": ("2026-11-02,10:07,5,60", "line 3: 10:07 does not begin an interval of 15, 30 or 60 minutes"),
    "twice": (GOOD, "line 3: 2026-11-02 10:00 comes twice"),
    "short row": ("2026-11-02,10:30", "line 3: has 2 cells where the header has 4"),
    "open quote": ('2026-11-02,10:30,"5,60', "check the quotation marks"),
    "no date": (",10:30,5,60", "column Date: is empty"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_named_with_line_column_and_remedy(case, tmp_path):
    row, words = BAD_ROWS[case]
    assert words in complaint(tmp_path, table(GOOD, row))


BAD_FILES = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "only a header": (b"Date,Time,Calls,AHT\n", "no rows below it"),
    "no calls at all": (b"Date,Time,Calls,AHT\n2026-11-02,10:00,0,0\n", "no row has a call"),
    "no such columns": (b"a,b,c\n1,2,3\n", "there are: a, b, c"),
    "a workbook": (b"PK\x03\x04\x14\x00\x06\x00", "is an Excel or OpenDocument workbook"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel workbook"),
    "a page": (b"<html><table>", "is a web page"),
    "compressed": (b"\x1f\x8b\x08\x00", "unpack it first"),
    "binary": (b"Date,Time\x00\x01\x02", "is not text"),
    "mixed encodings": (
        "Queue,Date,Time,Calls,AHT\né,2026-11-02,10:00,5,60\n".encode() + b"\xe9,2026-11-02,10:00,5,60\n",
        "line 3: is Windows-1252, but line 2 is UTF-8",
    ),
    "no encoding": (b"Queue,Date,Time,Calls,AHT\n\x81,2026-11-02,10:00,5,60\n", "neither UTF-8 nor Windows-1252"),
    "a zero byte below": (b"Date,Time,Calls,AHT\n" + b"2026-11-02,10:00,5,60\n" * 300 + b"\x00\n", "zero byte"),
    "old line ends": (b"Date,Time,Calls,AHT\r2026-11-02,10:00,5,60\r", "old Macs"),
    "no handle time": (b"Date,Time,Calls\n2026-11-02,10:00,5\n", "--aht 300"),
    "unclear handle time": (b"Date,Time,Calls,Handle Time\n2026-11-02,10:00,5,60\n", "averages or totals"),
    "no date": (b"Time,Calls,AHT\n10:00,5,60\n", "--column date=HEADER"),
    "no time": (b"Date,Calls,AHT\n2026-11-02,5,60\n", "--column time=HEADER"),
    "a day too long": (b"start,duration\n2026-11-02 10:00,86401\n", "more than 24 hours"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_named_with_what_it_is_and_what_to_do(case, tmp_path):
    data, words = BAD_FILES[case]
    assert words in complaint(tmp_path, data)


def test_a_folder_and_a_missing_file_are_named(tmp_path):
    for path, words in ((tmp_path, "is a folder"), (tmp_path / "no.csv", "no such file")):
        with pytest.raises(UnusableInput, match=words):
            read(path)


def test_rows_of_two_queues_are_not_taken_for_one(tmp_path):
    rows = [f"2026-11-02,10:00,5,60,{kind}" for kind in ("sales", "help")]
    text = table(*rows, header="Date,Time,Calls,AHT,Topic")
    assert "--column series=HEADER" in complaint(tmp_path, text)
    assert len(learnt(tmp_path, text, columns={"series": "Topic"}).series) == 2
    assert learnt(tmp_path, text, together=True).total.calls == 10


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path_factory, data):
    path = written(tmp_path_factory.mktemp("bytes"), b"Date,Time,Calls,AHT\n" + data)
    problem = ""
    try:
        read(path)
    except UnusableInput as refused:
        problem = str(refused)
    assert not problem or problem.startswith(str(path))


def test_memory_does_not_grow_with_the_rows(tmp_path):
    def peak_bytes(sites: range) -> int:
        rows = (
            f"{site},{row}" for day in range(2) for row in day_rows(MONDAY + timedelta(day), [9] * 30) for site in sites
        )
        path = written(tmp_path, table(*rows, header="Site,Date,Time,Calls,AHT"), f"{len(sites)}.csv")
        tracemalloc.start()
        read(path)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    few, many = peak_bytes(range(20)), peak_bytes(range(200))
    assert many - few < 180 * 60 * 40  # far less than the rows that came in addition


def test_the_report_is_whole_in_every_format(tmp_path):
    rows = [row for n in range(20) for row in day_rows(MONDAY + timedelta(n), [10, 20, 40, 20])]
    found = learnt(tmp_path, table(*rows))
    shown = report.intervals(found)
    for words in ("20 (2026-11-02 – 2026-11-21)", "80 of 30 minutes", "1,800", "Mon 2026-11-02 09:30", "6.7 erlangs"):
        assert words in shown
    data = json.loads(intervals.to_json(found))
    assert data["total"]["busy_hour"] == {"start": "2026-11-02T09:30:00", "load_erlangs": 5.0, "calls": 60.0}
    assert data["schema_version"] == "1"
