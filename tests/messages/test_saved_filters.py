"""Filters kept under a name: a person's own, the Center's, and the one that opens first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from mcu.errors import Invalid, NotAllowed, NotFound
from messages.models import SavedFilter
from messages.selectors.register.saved import counted, kept
from messages.services import saved_filters
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, page, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # else the head would first be asked for the second step of sign-in
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


def keep(cast: Cast, name: str, by: str = "head", *, query: str = "state=drafting", shared: bool = False) -> SavedFilter:
    return saved_filters.save(center=cast.center, actor=cast.actor(by), name=name, query=query, shared=shared, now=NOW)


def names(cast: Cast, by: str) -> tuple[list[str], list[str]]:
    own = kept(cast.actor(by), cast.center)
    return [one.name for one in own.mine], [one.name for one in own.shared]


def test_a_person_keeps_what_the_register_shows(okt: Cast) -> None:
    client = browser(okt, "im")
    sent = {
        "name": "  Дороги   в работе ",
        "query": "block=roads&выдумка=1&state=drafting&columns=term",
        "columns": "term,text",
    }
    answer = client.post(page(okt, "filters"), sent)
    assert answer.headers["Location"].startswith(page(okt, "list") + "?block=roads")
    row = SavedFilter.objects.get()
    assert (row.name, row.query, row.columns, row.shared) == ("Дороги в работе", "state=drafting&block=roads", [], False)
    assert "Дороги в работе" in words(client.get(page(okt, "list")))
    assert "Дороги в работе" not in words(browser(okt, "pos").get(page(okt, "list")))


def test_the_columns_go_along_when_asked(okt: Cast) -> None:
    client = browser(okt, "im")
    client.post(page(okt, "filters"), {"name": "А", "query": "state=all", "columns": "text,due", "with_columns": "on"})
    (one,) = kept(okt.actor("im"), okt.center).mine
    assert one.address == "state=all&columns=text,due"
    shown = client.get(f"{page(okt, 'list')}?{one.address}").context["columns"]
    assert [column.code for column in shown] == ["number", "text", "due"]


def test_the_same_name_is_written_anew(okt: Cast) -> None:
    keep(okt, "Моё")
    keep(okt, "Моё", query="state=all")
    assert SavedFilter.objects.get().query == "state=all"


def test_only_the_head_and_support_share(okt: Cast) -> None:
    keep(okt, "Для всех", shared=True)
    keep(okt, "Тоже", "support", shared=True)
    with pytest.raises(NotAllowed, match="Общие отборы ведут"):
        keep(okt, "Хочу", "im", shared=True)
    assert names(okt, "roads") == ([], ["Для всех", "Тоже"])
    own = keep(okt, "Своё", "im")
    with pytest.raises(NotAllowed):
        saved_filters.share(center=okt.center, actor=okt.actor("im"), saved_id=own.pk, shared=True)


def test_whose_a_filter_is_decides_who_changes_it(okt: Cast, kor: Cast) -> None:
    mine, shared = keep(okt, "Моё", "im"), keep(okt, "Общее", shared=True)
    for actor, row in ((okt.actor("pos"), mine), (okt.actor("im"), shared), (okt.actor("head"), mine)):
        with pytest.raises(NotFound):
            saved_filters.delete(center=okt.center, actor=actor, saved_id=row.pk)
    with pytest.raises(NotFound):
        saved_filters.delete(center=kor.center, actor=kor.actor("head"), saved_id=shared.pk)
    saved_filters.rename(center=okt.center, actor=okt.actor("support"), saved_id=shared.pk, name="Общее дело")
    saved_filters.delete(center=okt.center, actor=okt.actor("im"), saved_id=mine.pk)
    assert names(okt, "im") == ([], ["Общее дело"])


def test_names_are_given_and_differ(okt: Cast) -> None:
    keep(okt, "А")
    other = keep(okt, "Б")
    for name in ("", " \u200b ", "я" * 101):
        with pytest.raises(Invalid):
            keep(okt, name)
    with pytest.raises(Invalid, match="уже есть"):
        saved_filters.rename(center=okt.center, actor=okt.actor("head"), saved_id=other.pk, name="А")


def test_a_person_may_open_the_register_with_one(okt: Cast) -> None:
    shared = keep(okt, "Готовятся", shared=True)
    client, url = browser(okt, "im"), page(okt, "list")
    assert client.get(url).status_code == 200
    client.post(page(okt, "filter", shared.pk, "first"))
    assert client.get(url).headers["Location"] == f"{url}?state=drafting"
    assert browser(okt, "pos").get(url).status_code == 200
    opened = client.get(f"{url}?state=drafting")
    assert opened.context["reset_url"] == f"{url}?state=open"  # the bare address would open the same again
    assert client.get(f"{url}?state=open").status_code == 200
    assert "открывается первым" in words(client.get(page(okt, "filters")))
    client.post(page(okt, "filter", shared.pk, "usual"))
    assert client.get(url).status_code == 200


def test_a_filter_written_anew_opens_as_it_is_now(okt: Cast) -> None:
    own = keep(okt, "Моё", "im")
    saved_filters.open_first(center=okt.center, actor=okt.actor("im"), saved_id=own.pk, now=NOW)
    keep(okt, "Моё", "im", query="term=overdue")
    assert kept(okt.actor("im"), okt.center).opens == "term=overdue"


def test_counts_come_when_the_menu_opens_and_are_of_what_the_person_sees(okt: Cast) -> None:
    crowd(okt, 6, states=(State.DRAFTING, State.ASSIGNED))
    keep(okt, "Готовятся", shared=True)
    keep(okt, "Со словом", query="q=фонари", shared=True)
    keep(okt, "Пусто", query="state=closed", shared=True)
    assert 'class="num tools__count"></span>' in words(browser(okt, "head").get(page(okt, "list")))
    for name, expected in (("head", ["3", "0", "6"]), ("housing", ["0", "0", "0"])):
        own = counted(kept(okt.actor(name), okt.center), actor=okt.actor(name), center=okt.center, now=NOW)
        assert [one.count for one in own.shared] == expected
    answer = browser(okt, "head").get(page(okt, "filter-counts") + "?state=drafting", headers={"HX-Request": "true"})
    assert 'class="num tools__count">6</span>' in words(answer)
    assert "<html" not in words(answer)


def test_everything_about_filters_works_by_the_page_of_them(okt: Cast) -> None:
    keep(okt, "Моё", "support")
    client = browser(okt, "support")
    row = SavedFilter.objects.get()

    def do(what: str, **values: str) -> str:
        return words(client.post(page(okt, "filter", row.pk, what), values, follow=True))

    assert "Отбор переименован" in do("rename", name="Наше")
    assert "виден всему Центру" in do("share")
    assert "только ваш" in do("unshare")
    assert "Дайте отбору имя" in do("rename", name="")
    assert client.post(page(okt, "filter", row.pk, "other")).status_code == 404
    assert "«Наше» удалён" in do("delete")
    assert "Отборов пока нет" in words(client.get(page(okt, "filters")))
