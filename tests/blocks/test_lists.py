"""The roster, topics and recipients as files: taken home, brought back, looked at first, and kept through the next charter."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import time_machine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook
from pytest_django import Settings

from blocks.charters.reading import load
from blocks.models import Block, CharterLoad, Membership, Recipient, RosterEvent, Topic
from blocks.roles import Role
from blocks.services.load_charter import apply
from mcu.models import OneTimeLink, User
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, words

pytestmark = pytest.mark.django_db
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW, tick=False):
        yield


def address(cast: Cast, name: str) -> str:
    return f"/{cast.center.slug}/settings/lists/{name}/"


def downloaded(cast: Cast, name: str, by: str = "head") -> list[list[Any]]:
    answer = browser(cast, by).get(address(cast, f"{name}/file"))
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def file_of(rows: Sequence[Sequence[Any]], name: str = "список.xlsx") -> SimpleUploadedFile:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell is not None:
                    sheet.write(line, place, cell)
    return SimpleUploadedFile(name, content.getvalue(), content_type=XLSX)


def zipped(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "{}")
    return content.getvalue()


def looked_at(cast: Cast, name: str, rows: Sequence[Sequence[Any]], by: str = "head") -> Any:
    answer = browser(cast, by).post(address(cast, name), {"file": file_of(rows)})
    assert answer.status_code == 200, words(answer)
    return answer


def confirmed(cast: Cast, name: str, shown: Any, by: str = "head") -> Any:
    """What the page of the preview sends when its button is pressed."""
    form = dict(re.findall(r'name="(token|digest)"\s+value="([^"]*)"', shown.content.decode()))
    return browser(cast, by).post(address(cast, name), form, follow=True)


def put_in(cast: Cast, name: str, rows: Sequence[Sequence[Any]], by: str = "head") -> Any:
    return confirmed(cast, name, looked_at(cast, name, rows, by), by)


@pytest.mark.parametrize("name", ["topics", "recipients", "people"])
def test_a_list_brought_back_as_it_is_changes_nothing(okt: Cast, name: str) -> None:
    rows = downloaded(okt, name)
    assert len(rows) > 5
    page = words(looked_at(okt, name, rows))
    assert "Всё из этого файла в списке уже есть" in page
    assert "Внести" not in re.sub(r"<nav.*?</nav>", "", page, flags=re.S).split("figures")[1].split("</form>")[0]
    assert not CharterLoad.objects.filter(by__contains="файл").exists()


def test_topics_are_added_changed_and_closed_after_a_look(okt: Cast) -> None:
    header, *rows = downloaded(okt, "topics")
    (changed, closed, *rest), before = rows, Topic.objects.count()
    changed[1], changed[5] = "Тепло в домах", "холодно; батареи"
    closed[6] = "да"
    new = [None, "Ямы у школ", "roads", "0003.0009.0099.0742", "да", "яма; школа", None]
    shown = looked_at(okt, "topics", [header, changed, closed, new, *rest])
    page = words(shown)
    assert "Тепло в домах" in page
    assert "и после загрузки устава" in page
    assert Topic.objects.count() == before  # nothing is put in by looking

    confirmed(okt, "topics", shown)
    topics = {topic.name: topic for topic in Topic.objects.filter(center=okt.center)}
    assert topics["Тепло в домах"].keywords == ["холодно", "батареи"]
    assert topics[closed[1]].closed_at == NOW
    made = topics["Ямы у школ"]
    assert (made.block.code, made.fast_track, made.made_by) == ("roads", True, okt.people["head"])
    assert Topic.objects.count() == before + 1
    log = CharterLoad.objects.latest("at", "pk")
    assert "список.xlsx" in log.by
    assert len(log.changes) == 3
    assert "Ямы у школ" in words(browser(okt, "head").get(f"/{okt.center.slug}/settings/lists/"))


@pytest.mark.parametrize(("name", "model"), [("topics", Topic), ("recipients", Recipient)])
def test_what_is_closed_goes_out_too_so_that_it_can_be_opened_again(okt: Cast, name: str, model: Any) -> None:
    header, row, *rest = downloaded(okt, name)
    row[-1] = "да"
    put_in(okt, name, [header, row])
    header, *rows = downloaded(okt, name)
    assert len(rows) == len(rest) + 1
    assert (rows[-1][0], rows[-1][-1]) == (row[0], "да")
    assert "Всё из этого файла в списке уже есть" in words(looked_at(okt, name, [header, *rows]))
    rows[-1][-1] = "нет"
    assert "снова открывается" in words(looked_at(okt, name, [header, rows[-1]]))
    put_in(okt, name, [header, rows[-1]])
    assert model.objects.get(center=okt.center, code=row[0]).closed_at is None


def test_the_next_load_of_the_charter_takes_nothing_back(okt: Cast) -> None:
    header, first, second, *_ = downloaded(okt, "topics")
    first[1] = "Названо здесь"
    second[6] = "да"
    put_in(okt, "topics", [header, first, second, [None, "Новая здесь", "roads", None, None, None, None]])
    header, recipient, *_ = downloaded(okt, "recipients")
    recipient[4] = "; ".join(block.name for block in Block.objects.filter(center=okt.center)[:2])
    put_in(okt, "recipients", [header, recipient])

    changes = [str(change) for change in apply(charter=load("oktyabrsky"), actor_label="проверка", now=NOW)]
    assert len([change for change in changes if change.startswith("оставлено")]) == 3
    assert Topic.objects.get(center=okt.center, code=first[0]).name == "Названо здесь"
    assert Topic.objects.get(center=okt.center, code=second[0]).closed_at
    assert Topic.objects.get(center=okt.center, name="Новая здесь").closed_at is None
    assert Recipient.objects.get(center=okt.center, code=recipient[0]).blocks.count() == 2

    apply(charter=load("oktyabrsky"), actor_label="проверка", now=NOW, rules_from_file=True)
    topic = Topic.objects.get(center=okt.center, code=first[0])
    assert (topic.name != "Названо здесь", topic.made_by) == (True, None)
    assert Topic.objects.get(center=okt.center, name="Новая здесь").closed_at == NOW


def test_a_column_that_the_file_does_not_have_is_left_alone_and_an_empty_cell_erases(okt: Cast) -> None:
    topic = Topic.objects.filter(center=okt.center, closed_at=None, block__code="roads").exclude(classifier_code="")[0]
    Topic.objects.filter(pk=topic.pk).update(fast_track=True, keywords=["яма"])
    shown = looked_at(
        okt, "topics", [["Название", "Блок", "Ключевые слова"], [topic.name, "roads", None], ["Новая", "roads", None]]
    )
    page = words(shown)
    assert f"это тема с кодом {topic.code}: узнана по названию" in page
    assert "код классификатора" not in page
    confirmed(okt, "topics", shown)
    now = Topic.objects.get(pk=topic.pk)
    assert (now.classifier_code, now.fast_track, now.keywords) == (topic.classifier_code, True, [])
    made = Topic.objects.get(name="Новая")
    assert (made.classifier_code, made.fast_track, made.keywords) == ("", False, [])


def test_the_look_tells_all_that_is_new_and_what_is_opened_again(okt: Cast) -> None:
    header, old, *_ = downloaded(okt, "topics")
    new = [None, "Ямы у школ", "roads", None, "да", "яма; школа", None]
    page = words(looked_at(okt, "topics", [header, new, [old[0], "Ямы", "нет такого", None, None, None, None]]))
    assert "фаст-трек: «да»" in page
    assert "ключевые слова: «яма; школа»" in page
    assert '<span class="strong">Ямы</span>' in page, "a wrong row says which it is"
    put_in(okt, "topics", [header, [*old[:6], "да"]])
    assert "снова открывается" in words(looked_at(okt, "topics", [header, [*old[:6], "нет"]]))


def test_recipients_are_spoken_of_as_recipients(okt: Cast) -> None:
    header, first, second, *_ = downloaded(okt, "recipients")
    wrong = [None, "Администрация нового", None, "администрация поселения", second[4], None, None]
    unknown = [None, "Ещё один", None, "ведомство", second[4], None, None]
    page = words(looked_at(okt, "recipients", [header, [*first[:6], "да"], [None, *second[1:]], second, wrong, unknown]))
    assert "новых сообщений он не получит" in page
    assert "Повторяет строку 3" in page
    assert "какого поселения эта администрация" in page
    assert "«Вид»: нужен один из: подразделение" in page
    other = next(words for words in ("учреждение", "организация") if words != second[3])
    changed = [*second[:3], other, *second[4:]]
    assert f"вид: «{second[3]}» → «{other}»" in words(looked_at(okt, "recipients", [header, changed]))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ([None, "Новая", "нет такого", None, None, None, None], "нет такого — такого в Центре сейчас нет"),
        (["nothing", "Новая", "roads", None, None, None, None], "такого в списке нет"),
        ([None, None, "roads", None, None, None, None], "«Название»: пусто"),
        ([None, "Новая", "roads", "12-34", None, None, None], "нужен код вида"),
        ([None, "Новая", "roads", None, "может быть", None, None], "нужно «да» или «нет»"),
        ([None, "Новая", "roads", None, None, "я" * 61, None], "длиннее 60 знаков"),
        ([None, "Новая", "roads", None, None, None, "да"], "закрывать нечего"),
        ([None, "Хорошая тема", "housing", None, None, None, None], "Повторяет строку"),
    ],
)
def test_a_row_that_is_wrong_says_why_and_leaves_the_others(okt: Cast, row: list[Any], told: str) -> None:
    header = downloaded(okt, "topics")[0]
    good = [None, "Хорошая тема", "roads", None, None, None, None]
    shown = looked_at(okt, "topics", [header, row, good])
    assert told in words(shown)
    confirmed(okt, "topics", shown)
    assert Topic.objects.filter(name="Хорошая тема").exists()
    assert not Topic.objects.filter(name="Новая").exists()


def test_what_changed_meanwhile_is_shown_again(okt: Cast) -> None:
    header, first, *_ = downloaded(okt, "topics")
    first[1] = "Названо по-новому"
    shown = looked_at(okt, "topics", [header, first])
    topic = Topic.objects.get(center=okt.center, code=first[0])
    Topic.objects.filter(pk=topic.pk).update(name="Уже названо иначе")
    again = confirmed(okt, "topics", shown)
    assert "Список изменился" in words(again)
    topic.refresh_from_db()
    assert topic.name == "Уже названо иначе"
    confirmed(okt, "topics", again)
    topic.refresh_from_db()
    assert topic.name == "Названо по-новому"


def test_a_token_is_its_persons_alone(okt: Cast) -> None:
    header, first, *_ = downloaded(okt, "topics")
    first[1] = "Названо по-новому"
    shown = looked_at(okt, "topics", [header, first])
    assert "устарела" in words(confirmed(okt, "topics", shown, by="support"))
    assert not Topic.objects.filter(name="Названо по-новому").exists()


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04not a book"), "не принят"),
        (SimpleUploadedFile("a.exe", b"MZ\x90\x00"), "не принят"),
        (SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "Принимаются таблицы XLSX, XLS, ODS и CSV до 5 МБ"),
        (SimpleUploadedFile("a.zip", zipped("1.json")), "это архив. Достаньте из него таблицу"),
        (SimpleUploadedFile("a.xlsx", zipped("[Content_Types].xml")), "это не таблица XLSX. Откройте его"),
        (SimpleUploadedFile("a.csv", "Имя;Адрес\n1;2\n".encode()), "нет столбцов: «Название», «Блок»"),
        (SimpleUploadedFile("a.csv", "Название;Блок\n".encode()), "ни одной строки"),
    ],
)
def test_what_is_no_table_of_the_list_is_refused(okt: Cast, file: SimpleUploadedFile, told: str) -> None:
    file.seek(0)
    answer = browser(okt, "head").post(address(okt, "topics"), {"file": file})
    assert answer.status_code == 422
    assert told in words(answer)


class TestPeople:
    def header(self, cast: Cast) -> list[Any]:
        return downloaded(cast, "people")[0]

    def row(self, cast: Cast, **said: Any) -> list[Any]:
        return [said.get(title) for title in self.header(cast)]

    def test_roles_are_given_and_ended_by_the_services_of_the_roster(self, okt: Cast) -> None:
        roads = okt.people["roads"]
        given = self.row(
            okt, ФИО=roads.full_name, Логин=roads.username, Роль="куратор блока", Должность="начальник отдела", Блок="roads"
        )
        held = next(row for row in downloaded(okt, "people") if row[1] == okt.people["housing"].username)
        held[-1] = "да"
        put_in(okt, "people", [self.header(okt), given, held], by="tech")

        assert Membership.objects.filter(user=roads, role="block_curator", block__code="roads", revoked_at=None).exists()
        assert Membership.objects.get(user=okt.people["housing"], role="block_responsible").revoked_at == NOW
        assert set(RosterEvent.objects.values_list("kind", flat=True)) == {"role_added", "role_revoked"}

    def test_a_new_person_is_invited_and_the_link_shown_once(self, okt: Cast) -> None:
        row = self.row(
            okt, ФИО="Новый Пётр Ильич", Логин="okt.novy", Почта="novy@example.org", Роль="обеспечение деятельности",
            Должность="специалист",
        )  # fmt: skip
        shown = looked_at(okt, "people", [self.header(okt), row], by="tech")
        assert "новый человек" in words(shown)
        assert not User.objects.filter(username="okt.novy").exists()
        assert not OneTimeLink.objects.exists()
        page = words(confirmed(okt, "people", shown, by="tech"))
        assert "Новый Пётр Ильич" in page
        assert "/link/" in page
        assert Membership.objects.get(user__username="okt.novy").role == "support"

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ({"ФИО": "Совсем Другой Человек", "Логин": "okt.roads"}, "записан за другим"),
            ({"ФИО": "Совсем Другой Человек"}, "такого человека в составе нет"),
            ({"ФИО": "Новый Пётр Ильич", "Логин": "okt.novy", "Роль": "начальник"}, "такой нет"),
            ({"ФИО": "Новый Пётр Ильич", "Логин": "okt.novy", "Роль": "куратор блока"}, "укажите блок"),
            ({"ФИО": "Новый Пётр Ильич", "Логин": "okt.novy", "С": "32.13.2026"}, "нужна дата"),
            ({"ФИО": "Новый Пётр Ильич", "Логин": "okt.novy", "Почта": "не почта"}, "Проверьте адрес"),
            ({"ФИО": "Новый Пётр Ильич", "Логин": "okt.novy", "Телефон": "звоните"}, "Проверьте телефон"),
        ],
    )
    def test_what_the_roster_does_not_allow_is_said_by_the_row(self, okt: Cast, said: dict[str, str], told: str) -> None:
        row = self.row(okt, **({"Роль": "обеспечение деятельности", "Должность": "специалист"} | said))
        page = words(looked_at(okt, "people", [self.header(okt), row]))
        assert told in page
        assert f'<span class="strong">{said["ФИО"]}</span>' in page

    def test_a_second_login_of_the_same_person_is_warned_of(self, okt: Cast) -> None:
        roads = okt.people["roads"]
        User.objects.filter(pk=roads.pk).update(phone="+7 34678 2-11-22")
        said = {
            "Логин": "okt.vtoroy",
            "Роль": "обеспечение деятельности",
            "Должность": "специалист",
            "Телефон": "8 (34678) 21122",
        }
        rows = [self.row(okt, ФИО=roads.full_name, **said), self.row(okt, ФИО=roads.full_name, **said)]
        page = words(looked_at(okt, "people", [self.header(okt), *rows]))
        assert f"его логин {roads.username}" in page
        assert "Повторяет строку 2" in page

    def test_the_last_head_is_warned_of_and_an_ended_role_is_not_ended_again(self, okt: Cast) -> None:
        header, *rows = downloaded(okt, "people")
        heads = [[*row[:-1], "да"] for row in rows if row[4] == str(Role.HEAD.label)]
        shown = looked_at(okt, "people", [header, *heads], by="tech")
        assert words(shown).count("в Центре не останется руководителя") == 1
        confirmed(okt, "people", shown, by="tech")
        assert "Всё из этого файла в списке уже есть" in words(looked_at(okt, "people", [header, *heads], by="tech"))
        assert "истории состава" in words(browser(okt, "tech").get(f"/{okt.center.slug}/settings/lists/"))

    def test_a_role_is_known_without_its_bounds_where_the_person_has_one(self, okt: Cast) -> None:
        held = Membership.objects.select_related("user").get(user=okt.people["housing"], revoked_at=None)
        row = [held.user.full_name, held.user.username, held.get_role_display(), held.post]
        page = words(looked_at(okt, "people", [["ФИО", "Логин", "Роль", "Должность"], row], by="tech"))
        assert "Всё из этого файла в списке уже есть" in page

    def test_a_post_is_not_rewritten_and_a_term_not_made_longer(self, okt: Cast) -> None:
        header, *rows = downloaded(okt, "people")
        mine = next(row for row in rows if row[1] == okt.people["housing"].username)
        mine[5] = "другая должность"
        assert "Должность не переписывают" in words(looked_at(okt, "people", [header, mine]))

    def test_the_last_tech_stays(self, okt: Cast) -> None:
        header, *rows = downloaded(okt, "people")
        tech = next(row for row in rows if row[1] == okt.people["tech"].username)
        tech[-1] = "да"
        shown = looked_at(okt, "people", [header, tech])
        assert "Вносить нечего" in words(shown)


def test_a_cell_that_begins_like_a_formula_stays_words(okt: Cast) -> None:
    evil = '=HYPERLINK("http://x")'
    put_in(okt, "topics", [downloaded(okt, "topics")[0], [None, evil, "roads", None, None, None, None]])
    answer = browser(okt, "head").get(address(okt, "topics/file"))
    cells = [cell for row in load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows() for cell in row]
    assert any(cell.value == evil and cell.data_type == "s" for cell in cells)
