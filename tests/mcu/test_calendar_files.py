"""Files of next year's calendar as people download or type them: all forms say the same, a bad one says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu.calendar import SATURDAY, ProductionCalendar, production_calendar
from mcu.calendar_files import MOST_BYTES, Marks, parse, read
from mcu.errors import Invalid

THIS_YEAR = 2026
# An invented 2027: New Year to 10 January, Saturday 20 February is worked for Monday 22 February.
DAYS_OFF = [*(f"01.0{day}" for day in range(1, 9)), "02.22", "02.23", "03.08", "05.01", "05.03", "05.09", "05.10"]
DAYS_OFF += ["06.12", "06.14", "11.04", "12.31"]
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<calendar year="2027" lang="ru" date="2026.10.01" country="ru">
  <holidays><holiday id="1" title="Новогодние каникулы"/></holidays>
  <days>
    {"".join(f'<day d="{day}" t="1" h="1"/>' for day in DAYS_OFF)}
    <day d="02.20" t="2"/> <day d="11.03" t="2"/> <day d="12.25" t="3" f="12.31"/>
  </days>
</calendar>"""
CALENDAR_2027 = ProductionCalendar.from_mapping(
    {
        "2027": {
            "days_off": [day.replace(".", "-") for day in DAYS_OFF],
            "shortened": ["02-20", "11-03"],
            "working_weekends": ["02-20", "12-25"],
        }
    }
)


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


def months(calendar: ProductionCalendar, year: int) -> list[str]:
    """The days off of each month as xmlcalendar.ru lists them."""
    found: list[list[str]] = [[] for _ in range(12)]
    for day in days_of(year):
        if calendar.is_shortened(day):
            found[day.month - 1].append(f"{day.day}*")
        elif not calendar.is_working_day(day):
            moved = day.weekday() < SATURDAY and day.month != 1
            found[day.month - 1].append(f"{day.day}{'+' if moved else ''}")
    return [",".join(month) for month in found]


def as_json(calendar: ProductionCalendar, year: int) -> str:
    listed = [{"month": number, "days": days} for number, days in enumerate(months(calendar, year), start=1)]
    return json.dumps({"year": year, "months": listed, "statistic": {"workdays": 247}})


def as_csv(calendar: ProductionCalendar, year: int) -> str:
    return "Год/Месяц,Январь,Февраль,…\n" + ",".join([str(year), *(f'"{days}"' for days in months(calendar, year))]) + ",247"


def own(**marks: list[str]) -> str:
    return json.dumps({"2027": marks})


OWN = own(
    days_off=[
        "01-01..01-08",
        "2027-02-22",
        "02-23",
        "03-08",
        "05-01",
        "05-03",
        "05-09..05-10",
        "06-12",
        "06-14",
        "11-04",
        "12-31",
    ],
    shortened=["02-20", "11-03"],
    working_weekends=["2027-12-25"],
)


def calendar_in(text: str) -> ProductionCalendar:
    return ProductionCalendar.from_mapping(
        {str(year): marks for year, marks in parse(text.encode(), this_year=THIS_YEAR).items()}
    )


def same_days(one: ProductionCalendar, other: ProductionCalendar, year: int) -> bool:
    return all(
        one.is_working_day(day) == other.is_working_day(day) and one.is_shortened(day) == other.is_shortened(day)
        for day in days_of(year)
    )


@pytest.mark.parametrize(
    "text",
    [XML, "\ufeff" + XML, as_json(CALENDAR_2027, 2027), as_csv(CALENDAR_2027, 2027), OWN],
    ids=["xml", "bom", "json", "csv", "own"],
)
def test_every_form_says_the_same(text: str) -> None:
    found = calendar_in(text)
    assert found.years == {2027}
    assert same_days(found, CALENDAR_2027, 2027)


@pytest.mark.parametrize("write", [as_json, as_csv])
@pytest.mark.parametrize("year", range(2020, 2027))
def test_packaged_years_come_back_from_a_file(write: Callable[[ProductionCalendar, int], str], year: int) -> None:
    assert same_days(calendar_in(write(production_calendar(), year)), production_calendar(), year)


def test_days_are_kept_one_by_one() -> None:
    marks: Marks = parse(OWN.encode(), this_year=THIS_YEAR)[2027]
    assert marks["shortened"] == ["02-20", "11-03"]
    assert marks["working_weekends"] == ["02-20", "12-25"]
    assert marks["days_off"][:9] == [*(f"01-0{day}" for day in range(1, 9)), "02-22"]


@pytest.mark.parametrize("encoding", ["foo", "windows-1251", "gbk", "utf-7", "utf-16"])
def test_xml_is_read_as_what_it_is_not_as_what_it_says_of_itself(encoding: str) -> None:
    assert same_days(calendar_in(changed('"UTF-8"', f'"{encoding}"')), CALENDAR_2027, 2027)


def test_several_years_of_our_own_form() -> None:
    two = {**json.loads(OWN), "2028": {"days_off": ["01-01..01-08", "02-23", "03-08", "05-01", "05-09", "06-12", "11-04"]}}
    assert list(parse(json.dumps(two).encode(), this_year=THIS_YEAR)) == [2027, 2028]


def changed(old: str, new: str, text: str = XML) -> str:
    assert old in text
    return text.replace(old, new)


BAD: Mapping[str, tuple[str, str]] = {
    "empty": ("", "пуст"),
    "spaces": (" \n", "пуст"),
    "words": ("Производственный календарь", "не календарь"),
    "html": ("<!DOCTYPE html><html><body>404</body></html>", "DOCTYPE"),
    "entities": (changed("<calendar", '<!DOCTYPE c [<!ENTITY a "b">]><calendar'), "DOCTYPE"),
    "another xml": ("<rss/>", "<rss>"),
    "another country": (changed('country="ru"', 'country="by"'), "другой страны"),
    "broken xml": (XML[:-40], "испорчен"),
    "year of words": (changed('year="2027"', 'year="будущий"'), "четыре цифры"),
    "year far away": (changed('year="2027"', 'year="2072"'), "с 1999 по 2028"),
    "no such date in XML": (changed('d="03.08"', 'd="02.29"'), "02.29"),
    "no such month": (changed('d="03.08"', 'd="13.01"'), "13.01"),
    "unknown mark": (changed('t="3"', 't="7"'), "непонятный вид"),
    "no New Year": (changed('<day d="01.04" t="1" h="1"/>', ""), "новогодних праздников"),
    "no Victory Day": (changed('d="03.08"', 'd="03.09"'), "праздника 08.03"),
    "worked weekday": (changed('d="12.25" t="3"', 'd="12.24" t="3"'), "24.12.2027 назван рабочим выходным"),
    "off and worked": (changed('d="12.25" t="3"', 'd="01.02" t="3"'), "и выходной, и рабочий"),
    "broken JSON": (OWN[:-5], "испорчен"),
    "deep JSON": ('{"2027":' + "[" * 100_000, "испорчен"),
    "no years": ("{}", "ни одного года"),
    "twice": (OWN[:-1] + "," + OWN[1:], "дважды"),
    "unknown word": (own(dayoff=["01-01"]), "dayoff"),
    "no lists": ('{"2027": ["01-01"]}', "нужны списки"),
    "no such day": (own(days_off=["02-30"]), "02-30"),
    "day of another year": (own(days_off=["2026-01-01"]), "год у него другой"),
    "backwards": (own(days_off=["01-08..01-01"]), "раньше, чем начинается"),
    "day of words": (own(days_off=["1 января"]), "записан неверно"),
    "number for a day": ('{"2027": {"days_off": [101]}}', "записан неверно"),
    "too few working days": (own(days_off=["01-01..03-31", "05-01", "05-09", "06-12", "11-04"]), "рабочих дней"),
    "no months": ('{"year": 2027}', "нет месяцев"),
    "half a year": ('{"year": 2027, "months": [{"month": 1, "days": "1,2,3"}]}', "нет дней за 2-й месяц"),
    "strange day": (changed('"1,2', '"1#,2', as_json(CALENDAR_2027, 2027)), "непонятен"),
    "no such day of a month": (changed(',31"', ',32"', as_csv(CALENDAR_2027, 2027)).replace("31+", "32"), "32"),
    "number of thousands of digits": ('{"2027": {"days_off": [' + "1" * 5000 + "]}}", "JSON испорчен"),
    "last year there is": ('{"9999": {"days_off": ["12-30..12-31"]}}', "с 1999 по 2028"),
    "last year there is, months": (as_json(CALENDAR_2027, 2027).replace("2027", "9999"), "с 1999 по 2028"),
    "last year there is, CSV": (as_csv(CALENDAR_2027, 2027).replace("2027", "9999"), "с 1999 по 2028"),
    "last year there is, XML": (changed('year="2027"', 'year="9999"'), "с 1999 по 2028"),
    "year nought": (as_csv(CALENDAR_2027, 2027).replace("2027", "0000"), "с 1999 по 2028"),
    "year of lists": ('{"year": ' + "[" * 900 + "]" * 900 + "}", "четыре цифры"),
    "day of lists": ('{"2027": {"days_off": [' + "[" * 900 + "]" * 900 + "]}}", "записан неверно"),
    "huge month": (changed('d="03.08"', 'd="99999999999999999999.08"'), "99999999999999999999.08"),
    "huge field of CSV": ('Год,Январь\n2027,"' + "1," * 70_000 + '"', "CSV испорчен в строке 2"),
    "half a line of CSV": ('Год,Январь\n2027,"1,2,3"', "1 месяцев"),
}


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD.keys())
def test_bad_file_says_what_is_wrong_and_what_to_do(text: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text.encode(), this_year=THIS_YEAR)
    assert words in refused.value.message
    assert "Ничего не загружено" in refused.value.message


@pytest.mark.parametrize("data", [XML.encode("cp1251"), XML.encode("utf-16"), b"PK\x03\x04\x00\x00"])
def test_wrong_encoding(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"UTF-8|не текстовый"):
        parse(data, this_year=THIS_YEAR)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    big = tmp_path / "big.xml"
    big.write_bytes(b"<" * (MOST_BYTES + 1))
    for path, words in ((tmp_path, "папка"), (tmp_path / "no.xml", "нет"), (big, "1 МБ")):
        with pytest.raises(Invalid, match=words):
            read(path)
    good = tmp_path / "calendar.xml"
    good.write_text(XML, encoding="utf-8")
    assert read(good) == XML.encode()


@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_file_breaks_the_reader(data: bytes) -> None:
    with pytest.raises(Invalid):
        parse(data, this_year=THIS_YEAR)


@given(at=st.integers(min_value=0, max_value=len(XML) - 1), what=st.text(max_size=5), cut=st.integers(0, 20))
def test_damaged_file_is_refused_or_still_a_calendar(at: int, what: str, cut: int) -> None:
    damaged = XML[:at] + what + XML[at + cut :]
    try:
        found = calendar_in(damaged)
    except Invalid:
        return
    assert 200 <= sum(found.is_working_day(day) for day in days_of(next(iter(found.years)))) <= 260
