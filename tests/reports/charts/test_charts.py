"""Charts: well formed, named, linked, escaped, and drawn whatever the numbers are."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from reports import charts
from reports.charts import Cell, Mark, Place, Series
from reports.charts.pen import PAPER
from reports.charts.shapes import nice, plain
from tests.reports.charts.gallery import GALLERY, HOSTILE, TOWNS

SVG = "{http://www.w3.org/2000/svg}"
KINDS = pytest.mark.parametrize("kind", list(GALLERY))


@KINDS
@pytest.mark.parametrize("paper", [False, True], ids=["page", "paper"])
def test_a_drawing_is_well_formed_and_has_no_style_of_its_own(kind: str, paper: bool) -> None:
    text = GALLERY[kind](paper=paper)

    ET.XML(text)
    assert "style=" not in text
    assert not re.search(r"nan|inf\b", text.lower().replace("info", ""))


@KINDS
def test_on_a_page_every_mark_is_a_link_with_a_name(kind: str) -> None:
    root = ET.XML(GALLERY[kind]())

    links = list(root.iter("a"))
    assert links
    assert all(link.get("href", "").startswith("/") and link.get("aria-label") for link in links)
    drawings = [root] if root.tag == "svg" else list(root.iter("svg"))
    assert all(one.get("aria-label") and one.get("role") == "group" for one in drawings)


@KINDS
def test_on_paper_it_stands_alone_without_links_and_classes(kind: str) -> None:
    root = ET.XML(GALLERY[kind](paper=True))

    assert root.tag == f"{SVG}svg"
    assert root.get("font-family") == "PT Sans"
    assert not list(root.iter(f"{SVG}a"))
    assert all(one.get("class") is None and one.get("aria-label") is None for one in root.iter())
    shapes = [one for one in root.iter() if one.tag in {f"{SVG}rect", f"{SVG}circle", f"{SVG}path", f"{SVG}text"}]
    assert all(one.get("fill") or one.get("stroke") for one in shapes)


def test_a_chart_without_links_is_a_picture() -> None:
    root = ET.XML(charts.bars([Mark("Дороги", 3)], title="Темы"))

    assert root.get("role") == "img"
    assert next(iter(root.iter("g"))).get("aria-label") == "Дороги: 3"


def test_what_a_citizen_wrote_stays_text() -> None:
    mark = Mark(HOSTILE, 3, f'/cases/?q="{HOSTILE}', before=1, words=HOSTILE)
    series = [Series(HOSTILE, [mark, mark], plan=[1, 2]), Series("б", [mark, mark])]
    drawn = [
        charts.bars([mark], title=HOSTILE),
        charts.bars([mark], title=HOSTILE, width=600),
        charts.column_chart([mark], title=HOSTILE),
        charts.lines(series, title=HOSTILE),
        charts.stacked(series, title=HOSTILE),
        charts.multiples(series, title=HOSTILE),
        charts.multiples(series, title=HOSTILE, paper=True),
        charts.matrix([HOSTILE], [HOSTILE], [[Cell(1, 1, HOSTILE, HOSTILE)]], title=HOSTILE),
        charts.settlements([Place(HOSTILE, 1, None, 60.0, 60.0, HOSTILE)], title=HOSTILE).svg,
    ]

    for text in drawn:
        root = ET.XML(text)
        assert not [one for one in root.iter() if one.tag.endswith("script")]
        assert "<script" not in text


@pytest.mark.parametrize("value", [0, 0.0, None, math.nan, math.inf, -3])
@pytest.mark.parametrize("paper", [False, True], ids=["page", "paper"])
def test_no_number_breaks_a_drawing(value: float | None, paper: bool) -> None:
    mark = Mark("Дороги", value, "/x", before=value, words="—", earlier="—")
    series = [Series("а", [mark, mark], plan=[value, value])]
    drawn = [
        charts.bars([mark], title="т", paper=paper),
        charts.bars([], title="т", paper=paper),
        charts.column_chart([mark], title="т", paper=paper),
        charts.column_chart([], title="т", paper=paper),
        charts.lines(series, title="т", paper=paper),
        charts.lines([], title="т", paper=paper),
        charts.lines([Series("а", []), Series("б", [])], title="т", paper=paper),
        charts.stacked(series, title="т", paper=paper),
        charts.stacked([], title="т", paper=paper),
        charts.multiples(series, title="т", paper=paper),
        charts.multiples([Series("а", [])], title="т", paper=paper),
        charts.matrix(["а"], ["б"], [[Cell(value, words="—")]], title="т", paper=paper),
        charts.matrix([], [], [], title="т", paper=paper),
        charts.settlements([], title="т", paper=paper).svg,
        charts.settlements([Place("п", 0, value, 60.0, 70.0)], title="т", paper=paper).svg,
    ]

    for text in drawn:
        ET.XML(text)
        numbers = re.findall(r' (?:x|y|x1|y1|x2|y2|cx|cy|r|width|height|d|points)="([^"]*)"', text)
        assert numbers
        assert not [one for one in numbers if "n" in one or "inf" in one]


def test_lines_break_where_there_is_no_data_and_the_plan_goes_on() -> None:
    root = ET.XML(GALLERY["plan"](paper=True))

    paths = [one.get("d", "") for one in root.iter(f"{SVG}path")]
    plan = [one for one in root.iter(f"{SVG}path") if one.get("stroke-dasharray")]
    assert len(paths) == 3  # two stretches of the fact and the plan
    assert len(plan) == 1
    assert plan[0].get("d", "").count("L") == 13  # every month and both ends


def test_the_tick_is_where_the_period_before_stood() -> None:
    root = ET.XML(charts.bars([Mark("а", 10, before=5)], title="т", width=360, paper=True))

    base, bar, tick = root.iter(f"{SVG}rect")
    assert base.get("width") == bar.get("width") == "298"
    assert tick.get("x") == "149"


def test_a_number_is_said_in_russian() -> None:
    assert Mark("Дороги", 12345, before=9.5).said == "Дороги: 12\u00a0345, раньше 9,5"
    assert Mark("Дороги", None).said == "Дороги: нет данных"
    assert Mark("Срок", 0.95, words="95\u00a0%", before=0.9, earlier="90\u00a0%").said == "Срок: 95\u00a0%, раньше 90\u00a0%"
    assert [plain(2.0), plain(1 / 3), plain(None)] == ["2", "0,33", "—"]


@pytest.mark.parametrize(("most", "top"), [(0, 1), (3, 4), (7, 8), (31, 40), (100, 100), (0.97, 1), (1234, 2000)])
def test_a_scale_ends_at_a_round_number(most: float, top: float) -> None:
    assert nice(most) == pytest.approx(top)


def test_shades_tell_nothing_from_little_and_little_from_much() -> None:
    assert charts.levels([0, None, 1, 10, 50, 100]) == [0, 0, 1, 2, 4, 5]
    assert charts.levels([]) == []
    assert charts.levels([0, 0]) == [0, 0]


def test_labels_of_the_map_never_overlap_and_none_is_lost() -> None:
    crowd = [Place(f"Посёлок {n}", n, 0.1, 62 + n % 7 / 50, 66 + n // 7 / 40, f"/s/{n}") for n in range(60)]
    drawn = charts.settlements([*crowd, Place("Без координат", 5)], title="Карта", paper=True)

    labels = [one for one in ET.XML(drawn.svg).iter(f"{SVG}text") if one.get("paint-order")]
    boxes = [(float(one.get("x", "")), float(one.get("y", "")), len(one.text or "") * 12 * 0.62) for one in labels]
    for number, (x, y, wide) in enumerate(boxes):
        assert not [1 for u, v, other in boxes[number + 1 :] if abs(y - v) < 14 and x < u + other and u < x + wide]
    assert len(labels) + len(drawn.unlabelled) == 60
    assert [place.name for place in drawn.off_map] == ["Без координат"]


def test_the_map_keeps_directions_and_areas() -> None:
    north = Place("Север", 100, None, 63.0, 66.0)
    south_east = Place("Юго-восток", 25, 0.5, 62.0, 67.0)
    root = ET.XML(charts.settlements([north, south_east], title="Карта", paper=True).svg)

    upper, lower = list(root.iter(f"{SVG}circle"))[:2]
    assert float(upper.get("cy", "")) < float(lower.get("cy", ""))
    assert float(upper.get("cx", "")) < float(lower.get("cx", ""))
    assert float(upper.get("r", "")) == pytest.approx(2 * float(lower.get("r", "")))


def test_a_place_says_its_share_of_late_answers() -> None:
    names = [Place(name, count, late).said for name, count, late, _, _ in TOWNS[:4:3]]
    assert names == ["Белоярский: 120, с опозданием 35\u00a0%", "Приобье-2: 3, с опозданием нет данных"]


def test_pictures_are_made_for_documents() -> None:
    made = charts.pngs([draw(paper=True) for draw in GALLERY.values()], 800)

    assert len(made) == len(GALLERY)
    for content in made:
        picture = Image.open(io.BytesIO(content))
        assert picture.format == "PNG"
        assert abs(picture.width - 800) <= 1
        assert len(picture.convert("RGB").getcolors(1_000_000) or ()) > 2  # something is drawn
    assert charts.png(GALLERY["bars"](paper=True), 800) == made[0]
    assert charts.pngs([]) == []


def test_every_role_has_its_look_on_pages_too() -> None:
    style = Path("static/css/charts.css").read_text(encoding="utf-8")
    patterned = {"part2", "part4", "place-some"}

    missing = [role for role in PAPER if role not in {"text"} | patterned and f"chart__{role}" not in style]
    assert missing == []
