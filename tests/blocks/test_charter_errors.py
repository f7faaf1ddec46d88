"""A mistake in a charter is told by file, table, key, what came and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.charters import CharterError, Problem, load
from blocks.charters.reading import FOLDER

OKT = (FOLDER / "oktyabrsky.toml").read_text(encoding="utf-8")


def problems(folder: Path, old: str, new: str) -> tuple[Problem, ...]:
    """The mistakes found after one replacement in the charter of Октябрьский район."""
    assert old in OKT
    path = folder / "center.toml"
    path.write_text(OKT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CharterError) as caught:
        load(path)
    assert all(problem.file == "center.toml" for problem in caught.value.problems)
    assert "center.toml" in caught.value.message
    return caught.value.problems


# id, what is replaced, by what; then the table, the key and a part of what came and of what was expected
MISTAKES = {
    "unknown_key": ('region = "ХМАО', 'oblast = "x"\nregion = "ХМАО', "[center]", "oblast", "«x»", "известные"),
    "unknown_table": ("edition =", "colour = 1\nedition =", "(верхний уровень)", "colour", "1", "известные"),
    "missing": ('short = "ТКО"\n', "", "[[blocks]] № 2 («waste»)", "short", "пусто", "неполон"),
    "not_a_string": ('timezone = "Asia/Yekaterinburg"', "timezone = 5", "[center]", "timezone", "5", "строка"),
    "not_a_number": ("amount = 25", 'amount = "25"', "[[deadlines]] № 10 («pos_answer»)", "amount", "«25»", "целое число"),
    "not_a_flag": ("fast_track = true, keywords = [\"отоп", "fast_track = 1, keywords = [\"отоп",
                   "[[blocks]] № 1 («housing») [[topics]] № 1 («heating_outage»)", "fast_track", "1", "true или false"),
    "not_a_date": ("edition = 2025-12-01", 'edition = "вчера"', "(верхний уровень)", "edition", "«вчера»", "дата"),
    "not_a_time": ("start = 09:00:00", 'start = "9"', "[settings.working_time]", "start", "«9»", "время"),
    "not_a_list": ('to = ["head"]\nclause = "Пол. 3.6"', 'to = "head"\nclause = "Пол. 3.6"',
                   "[[reports]] № 1 («problemator»)", "to", "«head»", "список"),
    "not_of_the_list": ('publisher = "source_curator"', 'publisher = "boss"',
                        "[[sources]] № 1 («fz59»)", "publisher", "«boss»", "'accounts'"),
    "bad_code": ('code = "waste"', 'code = "ТКО"', "[[blocks]] № 2 («ТКО»)", "code", "«ТКО»", "образцу"),
    "empty": ('short = "ТКО"', 'short = ""', "[[blocks]] № 2 («waste»)", "short", "«»", "непустая"),
    "latitude": ("lat = 62.455", "lat = 162.4",
                 "[[geography.settlements]] № 1 («oktyabrskoye»)", "lat", "162.4", "не больше 90"),
    "zero": ("amount = 3\n", "amount = 0\n", "[[deadlines]] № 1 («fz59_register»)", "amount", "0", "больше 0"),
    "warn_share": ("warn_shares = [0.5, 0.8]", "warn_shares = [0.5, 1.8]", "[settings]", "warn_shares № 2", "1.8", "меньше 1"),
    "ladder_role": ('{ to = "head", after_hours = 3 },\n]', '{ to = "mayor", after_hours = 3 },\n]',
                    "[[settings.ladder.hours]] № 3", "to", "«mayor»", "'block_curator'"),
    "ladder_amount": ('{ to = "head", after_hours = 3 },\n]', '{ to = "head" },\n]',
                      "[settings.ladder]", "ladder", "head", "ровно один"),
    "timezone": ("Asia/Yekaterinburg", "Asia/Oktyabrskoye", "[center]", "timezone", "«Asia/Oktyabrskoye»", "IANA"),
    "repeated_topic": ('code = "water_outage"', 'code = "heating_outage"',
                       "[[blocks.topics]]", "code", "«heating_outage»", "повторён"),
    "repeated_role": ('source = "im"\ntitle', 'source = "pos"\ntitle', "[[roles]]", "code", "«source_curator_pos»", "повторён"),
    "block_of_recipient": ('blocks = ["housing", "waste", "improvement"]', 'blocks = ["roofs"]',
                           "[[recipients]] («housing_department»)", "blocks", "«roofs»", "housing"),
    "settlement_of_recipient": ('settlement = "priobye"', 'settlement = "paris"',
                                "[[recipients]] («priobye_administration»)", "settlement", "«paris»", "priobye"),
    "source_of_role": ('source = "im"\ntitle', 'source = "tv"\ntitle', "[[roles]] («source_curator»)", "source", "«tv»", "im"),
    "source_of_rule": ('source = "pos"\nfast_track = true', 'source = "tv"\nfast_track = true',
                       "[[deadlines]] («pos_answer_fast_track»)", "source", "«tv»", "pos"),
    "topic_of_rule": ("fast_track = true\nstarts_on", 'fast_track = true\ntopic = "dragons"\nstarts_on',
                      "[[deadlines]] («pos_answer_fast_track»)", "topic", "«dragons»", "potholes"),
    "same_rule_twice": ("fast_track = true\nstarts_on", "fast_track = false\nstarts_on",
                        "[[deadlines]] («pos_answer_fast_track»)", "kind, regime, source, fast_track, topic",
                        "«pos_answer_fast_track»", "«pos_answer»"),
    "chain": ('approval = ["block_curator", "head"]', 'approval = ["head", "block_curator"]',
              "[[sources]] («im»)", "approval", "«head, block_curator»", "block_curator первым"),
    "years": ("2025 = 72, ", "", "[[indicators.rows]] («auto_delivery_share»)", "targets", "2026, 2027", "с 2025 по 2030"),
    "territorial": ('short = "ТКО"', 'short = "ТКО"\nterritorial = true',
                    "[[blocks]] («waste»)", "settlement", "пусто", "территориальн"),
    "weights": ("in_time = 0.40", "in_time = 0.60", "[settings.rating]", "веса", "1.2", "в сумме 1"),
    "outcome": ('close_outcome = "explained"', 'close_outcome = "gone"', "[settings]", "close_outcome", "«gone»", "explained"),
    "working_time": ("lunch_start = 13:00:00", "lunch_start = 19:00:00", "[settings.working_time]",
                     "start, lunch_start, lunch_end, end", "19:00:00", "по возрастанию"),
    "short_day": ("end = 17:00:00", "end = 12:00:00", "[settings.working_time]", "short_days", "12:00:00", "после обеда"),
    "number": ("{prefix}-{year}-{number:06d}", "{prefix}-{number:06d}",
               "[settings]", "number_format", "{prefix}-{number:06d}", "{year}"),
    "number_field": ("{prefix}-{year}-{number:06d}", "{prefix}-{год}", "[settings]", "number_format", "{год}", "{year}"),
    "completeness": ("after_reopening = 0", "after_reopening = 7",
                     "[settings.completeness]", "after_reopening", "«7»", "scale"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_by_its_place(mistake: str, tmp_path: Path) -> None:
    old, new, table, key, got, expected = MISTAKES[mistake]
    found = problems(tmp_path, old, new)
    matching = [problem for problem in found if (problem.table, problem.key) == (table, key)]
    assert matching, [str(problem) for problem in found]
    assert got in matching[0].got
    assert expected in matching[0].expected


def test_a_role_that_nobody_holds_is_told_everywhere_it_is_needed(tmp_path: Path) -> None:
    head = OKT[OKT.index('[[roles]]\ncode = "head"') : OKT.index('[[roles]]\ncode = "block_curator"')]
    tables = {(problem.table, problem.key) for problem in problems(tmp_path, head, "")}
    assert tables >= {
        ("[[sources]] («im»)", "approval"),
        ("[settings.ladder]", "ladder.to"),
        ("[settings.problemator]", "to"),
        ("[settings.fz59]", "extension.by"),
        ("[[reports]] («problemator_review»)", "author"),
        ("[[deadlines]] («im_approve»)", "ladder.to"),
    }


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    path.write_text(OKT.replace("amount = 25", "amount = 0").replace('short = "ТКО"', "short = 1"), encoding="utf-8")
    with pytest.raises(CharterError) as caught:
        load(path)
    assert {problem.key for problem in caught.value.problems} == {"amount", "short"}


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("[center\nslug = 1", encoding="utf-8")
    with pytest.raises(CharterError, match=r"broken\.toml.*line 1.*TOML"):
        load(path)


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cp1251.toml"
    path.write_bytes('name = "Устав"'.encode("cp1251"))
    with pytest.raises(CharterError, match=r"cp1251\.toml.*UTF-8"):
        load(path)


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(CharterError, match=r"atlantida.*korsakovsky, oktyabrsky"):
        load("atlantida")
