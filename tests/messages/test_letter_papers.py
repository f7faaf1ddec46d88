"""The letter on paper: what was written stands in both files word for word, whatever signs it holds."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import docx
import pytest
from pypdf import PdfReader

from messages.documents import LetterSheet, to_docx, to_pdf
from messages.documents.address import dative, greeting, split_names

MADE = datetime(2026, 5, 12, 3, 0, tzinfo=UTC)
SHEET = LetterSheet(
    center="Муниципальный центр управления Октябрьского района",
    district="Администрация Октябрьского района",
    letterhead=("ул. Калинина, 39, 628100", "тел. (34678) 2-00-00"),
    number="ОКТ-исх-2026-000012",
    dated=date(2026, 5, 12),
    reply_to="ОКТ-2026-000123",
    reply_to_dated=date(2026, 5, 1),
    addressee=("Ивановой Анне Петровне",),
    address=("ул. Ленина, д. 5, кв. 12", "пгт. Приобье, 628126"),
    greeting="Уважаемая Анна Петровна!",
    text="Ваше обращение рассмотрено.\n\nДорогу отремонтируют до 1 июня.",
    enclosures=("Фотография.jpg", "Схема.pdf"),
    signer_post="Помощник главы Октябрьского района",
    signer="И. И. Сидоров",
    executor="Петрова Мария Ивановна",
    executor_phone="(34678) 2-11-11",
)
BARE = LetterSheet(
    center="Центр",
    district="",
    number="1",
    dated=date(2026, 1, 9),
    addressee=("Заявителю",),
    text="Да.",
    signer="И. И. Сидоров",
)


def in_pdf(sheet: LetterSheet) -> list[str]:
    """The text of each page, spaces as one."""
    pages = PdfReader(io.BytesIO(to_pdf(sheet, made_at=MADE))).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def in_docx(sheet: LetterSheet) -> str:
    """All words of the document in reading order, a line for each paragraph."""
    made = docx.Document(io.BytesIO(to_docx(sheet)))
    lines: list[str] = []
    for item in made.iter_inner_content():
        if hasattr(item, "rows"):
            lines += [paragraph.text for cell in item.rows[0].cells for paragraph in cell.paragraphs]
        else:
            lines.append(item.text)
    return "\n".join(lines)


FIELDS = [
    "Муниципальный центр управления Октябрьского района",
    "Администрация Октябрьского района",
    "ул. Калинина, 39, 628100",
    "12.05.2026 № ОКТ-исх-2026-000012",
    "на № ОКТ-2026-000123 от 01.05.2026",
    "Ивановой Анне Петровне",
    "пгт. Приобье, 628126",
    "Уважаемая Анна Петровна!",
    "Дорогу отремонтируют до 1 июня.",
    "1. Фотография.jpg",
    "2. Схема.pdf",
    "Помощник главы Октябрьского района",
    "И. И. Сидоров",
    "Петрова Мария Ивановна",
    "(34678) 2-11-11",
]


@pytest.mark.parametrize("words", FIELDS)
def test_each_requisite_stands_in_both_files(words: str) -> None:
    assert words in in_docx(SHEET)
    assert words in in_pdf(SHEET)[0]


@pytest.mark.parametrize(
    "words",
    [
        '#let x = 1; #read("data.json") #import "@preview/x:1.0.0"',
        "$a^2$ *жирно* _курсив_ [скобки] {фигурные} @ref <label>",
        "\\escape `code` // comment /* нет */ ~ --- ... \"кавычки\" 'апостроф'",
        "= Не заголовок",
        "- не список",
        "1% = 2 & 3 < 4 > 5",
        "&amp; &#35; <b>",
    ],
)
def test_signs_of_a_citizen_come_out_as_they_are(words: str) -> None:
    sheet = replace(SHEET, text=f"До.\n{words}\nПосле.", addressee=(words,), enclosures=(words,))
    assert in_docx(sheet).count(words) == 3
    # pypdf drops some spaces at the ends of lines; the signs themselves must all be there.
    packed = in_pdf(sheet)[0].replace(" ", "")
    assert packed.count(words.replace(" ", "")) == 3


def test_what_is_empty_leaves_no_trace() -> None:
    page = in_pdf(BARE)[0]
    assert page == "Центр 09.01.2026 № 1 Заявителю Да. И. И. Сидоров"
    assert in_docx(BARE).split() == page.split()


def test_a_long_letter_goes_on_over_numbered_pages_and_ends_with_its_signature() -> None:
    text = "\n".join(f"{number}. " + "Подробности о ремонте дорог и сроках. " * 12 for number in range(1, 14))
    pages = in_pdf(replace(SHEET, text=text))
    assert len(pages) >= 2
    assert pages[1].startswith("2 ")
    for number in range(1, 14):
        assert any(f"{number}. Подробности" in page for page in pages)
    assert "И. И. Сидоров" in pages[-1]
    assert "Петрова Мария Ивановна" in pages[-1]
    assert "Подробности" in pages[-1]  # the signature is not alone
    assert not any("Петрова Мария Ивановна" in page for page in pages[:-1])


def test_a_word_longer_than_a_line_stays_on_the_sheet() -> None:
    word = "https://example.org/" + "абв" * 120
    reader = PdfReader(io.BytesIO(to_pdf(replace(SHEET, text=word), made_at=MADE)))
    assert word in "".join(reader.pages[0].extract_text().split())
    places: list[float] = []
    reader.pages[0].extract_text(
        visitor_text=lambda text, cm, tm, font, size: places.append(cm[4] + tm[4]) if text.strip() else None
    )
    assert max(places) < 595


def test_several_applicants_have_a_line_each() -> None:
    names = split_names("Иванова Анна Петровна, Кузнецов Илья Андреевич;\nТолстая Любовь Юрьевна")
    sheet = replace(SHEET, addressee=tuple(dative(name) for name in names), greeting=greeting(names))
    lines = in_docx(sheet).split("\n")
    for line in ("Ивановой Анне Петровне", "Кузнецову Илье Андреевичу", "Толстой Любови Юрьевне", "Уважаемые заявители!"):
        assert line in lines
        assert line in in_pdf(sheet)[0]


def test_one_enclosure_has_no_number() -> None:
    assert "Приложение:\tСхема.pdf" in in_docx(replace(SHEET, enclosures=("Схема.pdf",)))
    assert "Приложение: Схема.pdf" in in_pdf(replace(SHEET, enclosures=("Схема.pdf",)))[0]


def test_the_sheet_is_a4_with_the_margins_of_the_standard() -> None:
    section = docx.Document(io.BytesIO(to_docx(SHEET))).sections[0]
    sizes = [section.page_width, section.page_height, section.left_margin, section.right_margin, section.top_margin]
    assert [round(size.mm) for size in sizes if size is not None] == [210, 297, 30, 15, 20]
    box = PdfReader(io.BytesIO(to_pdf(SHEET, made_at=MADE))).pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)


def test_the_file_tells_nothing_of_who_made_it_but_the_center() -> None:
    content = to_docx(SHEET)
    about = docx.Document(io.BytesIO(content)).core_properties
    assert (about.author, about.comments) == (SHEET.center, "")
    assert about.title == "Письмо ОКТ-исх-2026-000012 от 12.05.2026"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"Times New Roman" in archive.read("word/fontTable.xml").partition(b"PT Astra Serif")[2]
    told = PdfReader(io.BytesIO(to_pdf(SHEET, made_at=MADE))).metadata
    assert told is not None
    assert told.title == about.title


@pytest.mark.parametrize(
    ("name", "to_whom"),
    [
        ("Иванов Иван Иванович", "Иванову Ивану Ивановичу"),
        ("Достоевский Андрей Ильич", "Достоевскому Андрею Ильичу"),
        ("Шевченко Олег Игоревич", "Шевченко Олегу Игоревичу"),
        ("Коваль Игорь Львович", "Ковалю Игорю Львовичу"),
        ("Седых Никита Фомич", "Седых Никите Фомичу"),
        ("Мельник Сергей Петрович", "Мельнику Сергею Петровичу"),
        ("Петрова-Водкина Мария Ильинична", "Петровой-Водкиной Марии Ильиничне"),
        ("Шевчук Наталья Олеговна", "Шевчук Наталье Олеговне"),
        ("Сорока Анна Ивановна", "Сорока Анне Ивановне"),
        ("ООО «Ромашка»", "ООО «Ромашка»"),
        ("Мария", "Мария"),
        ("Алиев Вагиф Гасан оглы", "Алиев Вагиф Гасан оглы"),
    ],
)
def test_a_name_is_put_in_the_dative_where_it_is_sure(name: str, to_whom: str) -> None:
    assert dative(name) == to_whom


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("Иванов Иван Иванович", "Сообщаем.", "Уважаемый Иван Иванович!"),
        ("Ромашка", "Сообщаем.", "Здравствуйте!"),
        ("Иванов Иван Иванович", "Уважаемый Иван Иванович! Сообщаем.", ""),
        ("Иванов Иван Иванович", "Добрый день! Сообщаем.", ""),
        ("Иванов Иван Иванович", "Добровольцы помогут.", "Уважаемый Иван Иванович!"),
    ],
)
def test_a_greeting_is_not_said_twice(name: str, text: str, words: str) -> None:
    assert greeting([name], text) == words
