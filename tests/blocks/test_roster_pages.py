"""«Состав Центра» as people see it: who is there, what may be done, forms that keep what was typed, the history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from blocks.models import Membership, RosterEvent, Substitution
from blocks.roles import Role
from blocks.selectors.changes import changes_of
from blocks.selectors.composition import composition_of
from mcu.models import OneTimeLink, Outbox, User
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Settings) -> None:
    """The head's and tech's second step has tests of its own."""
    settings.DEMO = True


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.people[name])
    return client


def page(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"blocks:{name}", args=[cast.center.slug, *args])


def test_the_composition_is_read_as_the_decree_s_annex(okt: Cast) -> None:
    Membership.objects.filter(user=okt.people["roads_curator"]).update(by_agreement=True, agreed_on=date(2026, 2, 3))
    Substitution.objects.create(
        membership=Membership.objects.get(user=okt.people["roads"]),
        substitute=okt.people["housing"],
        since=TODAY,
        until=TODAY,
    )
    text = client_of(okt, "roads").get(page(okt, "roster")).content.decode()
    for words in (
        "Куратор отраслевого блока Центра",
        "П1 п.3; Пол. 3.4",
        "Куратор системы «Инцидент менеджмент»",
        "по согласованию",
        "от 03.02.2026",
        "должность roads",
        "(сейчас)",
        "Состав ведут руководитель Центра",
    ):
        assert words in text, words
    assert "Пригласить" not in text
    assert "Действия" not in text


@pytest.mark.parametrize("name", ["head", "tech"])
def test_who_keeps_the_composition_sees_what_can_be_done(okt: Cast, name: str) -> None:
    text = client_of(okt, name).get(page(okt, "roster")).content.decode()
    for words in ("Пригласить", "Добавить роль", "Завершить", "Замещение", "Заблокировать", "Новая ссылка для входа"):
        assert words in text, words


def test_an_observer_does_not_see_the_composition(okt: Cast) -> None:
    observer = client_of(okt, "observer")
    assert observer.get(page(okt, "roster")).status_code == 403
    assert observer.get(page(okt, "history")).status_code == 403


def test_only_managers_open_the_changes_and_only_in_their_center(okt: Cast, kor: Cast) -> None:
    row = Membership.objects.get(user=okt.people["roads"])
    changes: list[tuple[str, *tuple[int, ...]]] = [
        ("invite",),
        ("add_role",),
        ("end_role", row.pk),
        ("substitute", row.pk),
        ("block_person", row.user_id),
        ("unblock_person", row.user_id),
        ("new_link", row.user_id),
    ]
    head, curator, stranger = client_of(okt, "head"), client_of(okt, "curator"), client_of(kor, "head")
    for name, *args in changes:
        assert head.get(page(okt, name, *args)).status_code == 200, name
        assert curator.get(page(okt, name, *args)).status_code == 403, name
        assert stranger.get(page(okt, name, *args)).status_code == 404, name
        if args:
            assert stranger.get(page(kor, name, *args)).status_code == 404, name


def test_an_invitation_shows_its_link_once_and_never_keeps_it(okt: Cast) -> None:
    head = client_of(okt, "head")
    typed = {
        "full_name": "Иванова Анна Петровна",
        "username": "ivanova.ap",
        "email": "",
        "phone": "3-21-09",
        "role": "block_responsible",
        "post": "начальник отдела дорог",
        "since": "2026-11-18",
        "by_agreement": "on",
        "agreed_on": "2026-11-17",
    }
    refused = head.post(page(okt, "invite"), typed)
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "Для этой роли укажите блок" in text
    assert 'value="начальник отдела дорог"' in text
    assert not User.objects.filter(username="ivanova.ap").exists()

    issued = head.post(page(okt, "invite"), typed | {"block": okt.block("roads").pk})
    assert issued.status_code == 200
    assert "no-store" in issued.headers["Cache-Control"]
    assert "http://testserver/link/" in issued.content.decode()
    row = Membership.objects.get(user__username="ivanova.ap")
    assert (row.block, row.by_agreement, row.agreed_on) == (okt.block("roads"), True, date(2026, 11, 17))
    assert OneTimeLink.objects.get().user_id == row.user_id
    assert "ещё не открыл ссылку" in head.get(page(okt, "roster")).content.decode()


def test_a_role_is_added_to_someone_of_another_center_by_login(okt: Cast, kor: Cast) -> None:
    typed = {"role": "support", "post": "специалист", "since": "2026-11-18", "username": "нет-такого"}
    head = client_of(okt, "head")
    assert "Такого логина нет" in head.post(page(okt, "add_role"), typed).content.decode()
    done = head.post(page(okt, "add_role"), typed | {"username": kor.people["im"].username.upper()})
    assert done.headers["Location"] == page(okt, "roster")
    assert Membership.objects.filter(user=kor.people["im"], center=okt.center, role=Role.SUPPORT).exists()


def test_a_role_ends_by_its_page(okt: Cast) -> None:
    head, row = client_of(okt, "head"), Membership.objects.get(user=okt.people["roads"])
    assert "Заполните" in head.post(page(okt, "end_role", row.pk), {"when": "later"}).content.decode()
    head.post(page(okt, "end_role", row.pk), {"when": "later", "last_day": "2026-11-30"})
    row.refresh_from_db()
    assert row.until == date(2026, 11, 30)
    head.post(page(okt, "end_role", row.pk), {"when": "now", "last_day": ""})
    row.refresh_from_db()
    assert row.revoked_at == NOW
    assert "Завершённые роли" in head.get(page(okt, "roster")).content.decode()


def test_a_substitution_is_named_and_ended_by_its_pages(okt: Cast) -> None:
    head, row = client_of(okt, "head"), Membership.objects.get(user=okt.people["roads"])
    typed = {"substitute": okt.people["housing"].pk, "since": "2026-11-18", "until": "2026-11-25", "reason": "отпуск"}
    head.post(page(okt, "substitute", row.pk), typed)
    substitution = Substitution.objects.get()
    text = client_of(okt, "housing").get(page(okt, "roster")).content.decode()
    assert "Вы замещаете: Проверкин R. Т. Ваши действия" in text
    head.post(page(okt, "end_substitution", substitution.pk), {"when": "now"})
    substitution.refresh_from_db()
    assert substitution.revoked_at == NOW


def test_a_person_is_blocked_and_let_in_again_by_their_pages(okt: Cast) -> None:
    head, person = client_of(okt, "head"), okt.people["roads"]
    head.get(page(okt, "block_person", person.pk))
    person.refresh_from_db()
    assert person.is_active
    head.post(page(okt, "block_person", person.pk))
    person.refresh_from_db()
    assert not person.is_active
    assert "заблокирован" in head.get(page(okt, "roster")).content.decode()
    head.post(page(okt, "unblock_person", person.pk))
    person.refresh_from_db()
    assert person.is_active
    assert head.post(page(okt, "block_person", okt.people["tech"].pk)).status_code == 403


def test_a_new_link_is_shown_once(okt: Cast) -> None:
    response = client_of(okt, "head").post(page(okt, "new_link", okt.people["roads"].pk), {"clear_second_factor": "on"})
    assert "http://testserver/link/" in response.content.decode()
    assert RosterEvent.objects.get(kind="link_issued").data == {"second_factor_cleared": True}


def test_the_history_is_shown_to_members_and_filtered_by_person(okt: Cast) -> None:
    head, row = client_of(okt, "head"), Membership.objects.get(user=okt.people["roads"])
    head.post(page(okt, "end_role", row.pk), {"when": "later", "last_day": "2026-11-30"})
    head.post(page(okt, "block_person", okt.people["housing"].pk))
    reader = client_of(okt, "support")
    text = reader.get(page(okt, "history")).content.decode()
    assert "Завершение роли" in text
    assert "по 30.11.2026" in text
    assert "Учётная запись заблокирована" in text
    only = reader.get(page(okt, "history"), {"person": row.user_id}).content.decode()
    assert "Завершение роли" in only
    assert "Учётная запись заблокирована" not in only


def test_the_history_is_read_page_by_page(okt: Cast) -> None:
    person = okt.people["roads"]
    RosterEvent.objects.bulk_create(RosterEvent(center=okt.center, at=NOW, user=person, kind="blocked") for _ in range(120))
    first = changes_of(okt.center)
    second = changes_of(okt.center, before=first.before)
    third = changes_of(okt.center, before=second.before)
    assert [len(one.rows) for one in (first, second, third)] == [50, 50, 20]
    assert third.before is None


def test_queries_do_not_grow_with_the_composition(
    okt: Cast, django_assert_num_queries: DjangoAssertNumQueries, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def crowd(count: int, start: int) -> None:
        for number in range(start, start + count):
            okt.add(f"extra{number}", Role.BLOCK_RESPONSIBLE, block="roads")
            row = Membership.objects.get(user=okt.people[f"extra{number}"])
            Substitution.objects.create(membership=row, substitute=okt.people["roads"], since=TODAY, until=TODAY)
            RosterEvent.objects.create(
                center=okt.center,
                at=NOW,
                user=row.user,
                kind="role_added",
                data={"membership": row.pk, "substitute": row.user_id, "since": "2026-11-18", "until": None},
            )

    for start in (0, 10):
        crowd(10 if start else 3, start)
        with django_assert_num_queries(5):
            composition_of(okt.center, NOW)
        with django_assert_num_queries(4):
            changes_of(okt.center)
        for name in ("roster", "history"):
            client = client_of(okt, "head")
            with django_assert_max_num_queries(15):  # session, person, Center, roles, frame (4), page (5)
                assert client.get(page(okt, name)).status_code == 200


def test_planned_roles_stand_apart(okt: Cast) -> None:
    okt.add("later", Role.SUPPORT, since=TODAY + timedelta(days=5))
    composition = composition_of(okt.center, NOW)
    assert [line.membership.user for line in composition.planned] == [okt.people["later"]]
    assert "Начнут позже" in client_of(okt, "roads").get(page(okt, "roster")).content.decode()


def test_korsakovsky_titles_follow_source_and_block(kor: Cast) -> None:
    text = client_of(kor, "head").get(page(kor, "roster")).content.decode()
    assert "Руководитель отраслевого блока в сфере образования" in text
    assert "Ответственный за работу Администрации на портале «Обращаем внимание»" in text


def test_everybody_has_own_notices_and_marks_only_what_was_seen(okt: Cast) -> None:
    def notice(name: str, key: str) -> Outbox:
        return Outbox.objects.create(
            key=key, kind="x", user=okt.people[name], center_slug=okt.center.slug, subject=f"Дело {key}", created_at=NOW
        )

    mine, _ = notice("roads", "A"), notice("housing", "B")
    client = client_of(okt, "roads")
    address = reverse("notices", args=[okt.center.slug])
    text = client.get(address).content.decode()
    assert "Дело A" in text
    assert "Дело B" not in text
    late = notice("roads", "C")
    client.post(address, {"up_to": mine.pk})
    assert Outbox.objects.get(pk=mine.pk).read_at == NOW
    assert Outbox.objects.get(pk=late.pk).read_at is None
    assert "уведомления, новых: 1" in client.get(address).content.decode().lower()
