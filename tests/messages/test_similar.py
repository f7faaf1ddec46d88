"""Like cases of the last 90 days: repeats first, then the same place, nothing of what the person may not see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blocks.models import Settlement
from messages.models import Applicant, Message
from messages.selectors.similar import Similar, similar, with_words
from messages.services import merging
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
PIT = "На улице Ленина у школы глубокая яма на дороге, машины объезжают по тротуару."


def like(cast: Cast, message: Message, name: str = "head") -> list[Similar]:
    return similar(message=message, actor=cast.actor(name), now=NOW)


def put(message: Message, settlement: Settlement) -> None:
    Message.objects.filter(pk=message.pk).update(settlement=settlement)


def places(cast: Cast) -> list[Settlement]:
    return list(Settlement.objects.filter(center=cast.center)[:2])


def test_nearly_the_same_text_is_a_repeat_and_stands_first(okt: Cast) -> None:
    near = okt.message("im", text="На дороге у школы яма, автобус едет в объезд.")
    repeat = okt.message("pos", text=PIT.replace("глубокая", "большая"))
    okt.message("im", text="Не вывозят мусор со двора третью неделю.")
    hits = like(okt, okt.message("im", text=PIT))
    assert [hit.number for hit in hits] == [repeat.number, near.number]
    assert [hit.repeat for hit in hits] == [True, False]
    assert "текст почти тот же" in hits[0].why


def test_another_settlement_is_no_repeat_and_the_same_one_stands_first(okt: Cast) -> None:
    here, elsewhere = places(okt)
    far, near, asked = (okt.message("im", text=text) for text in (PIT, "На дороге у школы яма, машины в объезд.", PIT))
    put(far, elsewhere)
    put(near, here)
    put(asked, here)
    hits = like(okt, Message.objects.get(pk=asked.pk))
    assert [hit.number for hit in hits] == [near.number, far.number]
    assert not any(hit.repeat for hit in hits)
    assert "то же место" in hits[0].why


def test_the_same_applicant_needs_less_in_common(okt: Cast) -> None:
    first = okt.message("im", text="На улице Ленина у школы яма на дороге, её не чинят, объезжаем каждый день.")
    asked = okt.message("im", text="Снова про яму на дороге у школы на улице Ленина: ответа нет, не чинят.")
    assert not like(okt, asked)[0].repeat
    Applicant.objects.create(message=first, name="Анна", phone="8 (912) 345-67-89")
    Applicant.objects.create(message=asked, name="А. П.", phone="+79123456789")
    hit = like(okt, asked)[0]
    assert hit.repeat
    assert "тот же заявитель" in hit.why
    assert "345" not in hit.why + hit.text


def test_what_is_older_than_90_days_or_out_of_sight_is_not_shown(okt: Cast) -> None:
    okt.message("im", text=PIT, received_at=NOW - timedelta(days=91))
    okt.message("pos", text=PIT)
    asked = okt.message("im", text=PIT)
    assert like(okt, asked, "im") == []
    assert len(like(okt, asked, "head")) == 1


def test_the_other_center_is_never_compared_with(okt: Cast, kor: Cast) -> None:
    kor.message("im", text=PIT)
    assert like(okt, okt.message("im", text=PIT)) == []


def test_contacts_in_the_text_are_hidden_from_the_technical_role(okt: Cast) -> None:
    okt.message("im", text=f"{PIT} Звоните +7 922 123-45-67.")
    hit = like(okt, okt.message("im", text=PIT), "tech")[0]
    assert "123-45-67" not in hit.text


def test_a_merged_case_names_the_one_that_leads(okt: Cast) -> None:
    leading, merged = okt.message("im", text=PIT), okt.message("im", text=PIT)
    merging.merge(message_id=merged.pk, actor=okt.actor("head"), leading_id=leading.pk, now=NOW)
    hits = like(okt, okt.message("im", text=PIT))
    assert {hit.leading for hit in hits} == {leading.number}


@pytest.mark.parametrize("text", ["", "и на по", "!!!", "12 34", "☎️", "' | & ! :* \\", "O'Brien пишет: 'яма' \\ (да)"])
def test_odd_texts_find_something_or_nothing_but_never_fail(okt: Cast, text: str) -> None:
    okt.message("im", text=PIT)
    like(okt, okt.message("im", text=text))


def test_two_queries_however_many_there_are(okt: Cast) -> None:
    asked = okt.message("im", text=PIT)
    actor = okt.actor("head")
    for _ in range(2):
        for _ in range(5):
            okt.message("im", text=PIT)
        message = Message.objects.select_related("center").get(pk=asked.pk)
        with CaptureQueriesContext(connection) as queries:
            similar(message=message, actor=actor, now=NOW)
        assert len(queries) == 2
    ready = with_words(Message.objects.get_queryset().select_related("center")).get(pk=asked.pk)
    with CaptureQueriesContext(connection) as queries:
        similar(message=ready, actor=actor, now=NOW)
    assert len(queries) == 1
