"""A message is taken in once: number, terms, history, and what the source's words come to."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from blocks import actors
from blocks.models import IdempotentCall, Settlement, Source, Topic
from blocks.services import idempotent
from blocks.services.clients import create_client
from mcu.bulk import insert_all
from mcu.errors import Conflict, Invalid, NotAllowed
from messages.models import Applicant, Deadline, DeadlineStep, Message, MessageEvent, NumberSequence
from messages.services.intake import IncomingApplicant, IncomingMessage, Taken, payload_hash, take_in
from messages.services.sweep import sweep
from tests.cast import NOW, Cast, make_oktyabrsky
from tests.messages.pushing import pusher


def incoming(**said: Any) -> IncomingMessage:
    return IncomingMessage(**{"external_id": "ИМ-1", "text": "Не горят фонари у школы.", **said})


def take(cast: Cast, *, source: str = "im", now: datetime = NOW, quiet: bool = False, **said: Any) -> Taken:
    return take_in(actor=cast.system, source=cast.source(source), payload=incoming(**said), now=now, quiet=quiet)


def test_a_message_gets_number_state_terms_and_history(okt: Cast) -> None:
    taken = take(okt, source="fz59", received_at=NOW - timedelta(hours=2), address="ул. Ленина, 4", lat=62.5, lon=66.0)

    message = Message.objects.get(pk=taken.message.pk)
    assert taken.created
    assert message.number == "ОКТ-2026-000001"
    assert message.state == "received"
    assert message.regime == "appeal"
    assert message.received_at == NOW - timedelta(hours=2)
    assert message.created_at == NOW
    assert (message.address, message.lat, message.lon) == ("ул. Ленина, 4", 62.5, 66.0)
    assert "register" in Deadline.objects.filter(message=message).values_list("kind", flat=True)
    assert message.next_due_at == min(row.due_at for row in Deadline.objects.filter(message=message))
    event = MessageEvent.objects.get(message=message)
    assert (event.code, event.at, event.data["source"]) == ("created", NOW, "fz59")


def test_the_applicant_stands_apart_from_the_case(okt: Cast) -> None:
    applicant = IncomingApplicant(name="Петрова М. И.", email="p@example.org", type="foreigner")
    with_one = take(okt, applicant=applicant).message
    without = take(okt, external_id="ИМ-2").message

    assert Applicant.objects.get(message=with_one).type == "foreigner"
    assert not Applicant.objects.filter(message=without).exists()


def test_numbers_run_by_center_and_local_year_of_receipt(okt: Cast, kor: Cast) -> None:
    # 31 December 20:00 UTC is already the new year in Октябрьское, but not in Корсаково.
    eve, later = datetime(2026, 12, 31, 20, 0, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC)

    def number(cast: Cast, external_id: str, received_at: datetime) -> str:
        return take(cast, external_id=external_id, received_at=received_at, now=later).message.number

    assert number(okt, "1", NOW) == "ОКТ-2026-000001"
    assert number(okt, "2", eve) == "ОКТ-2027-000001"
    assert number(kor, "1", eve) == "КОР-2026-000001"
    assert number(okt, "3", NOW) == "ОКТ-2026-000002"


def test_the_same_push_again_gives_the_same_case(okt: Cast) -> None:
    first = take(okt)
    again = take(okt, now=NOW + timedelta(days=3))

    assert first.created
    assert not again.created
    assert again.message.pk == first.message.pk
    assert Message.objects.count() == 1
    assert MessageEvent.objects.count() == 1


def test_a_repeat_is_judged_by_the_first_push_not_by_what_staff_changed(okt: Cast) -> None:
    taken = take(okt, source="fz59", topic="неведомая тема")
    Message.objects.filter(pk=taken.message.pk).update(
        topic=Topic.objects.filter(center=okt.center).first(), address="дописано"
    )

    assert not take(okt, source="fz59", topic="неведомая тема").created


def test_other_content_under_the_same_outside_number_is_a_conflict(okt: Cast) -> None:
    number = take(okt).message.number

    with pytest.raises(Conflict, match=number):
        take(okt, text="Совсем другое.")
    assert Message.objects.get().text == "Не горят фонари у школы."


def test_the_same_outside_number_of_another_source_is_another_message(okt: Cast) -> None:
    take(okt)
    assert take(okt, source="pos").created


def test_the_hash_is_of_what_was_said_not_of_how(okt: Cast) -> None:
    noon = datetime(2026, 11, 18, 12, tzinfo=UTC)
    same = noon.astimezone(okt.center.tz)

    assert payload_hash(incoming(received_at=noon)) == payload_hash(incoming(received_at=same))
    assert payload_hash(incoming(topic="", applicant=None)) == payload_hash(incoming())
    assert payload_hash(incoming(lat=0.0, lon=0.0)) != payload_hash(incoming())
    assert payload_hash(incoming(fast_track=False)) != payload_hash(incoming())
    assert payload_hash(incoming(applicant=IncomingApplicant(name="А"))) != payload_hash(incoming())


@pytest.mark.parametrize("words", ["{code}", "{name}", "  {upper} "])
def test_topic_and_settlement_are_known_by_code_or_name(okt: Cast, words: str) -> None:
    topic = Topic.objects.filter(center=okt.center).exclude(name="").first()
    place = Settlement.objects.filter(center=okt.center).first()
    assert topic
    assert place

    def said(row: Topic | Settlement) -> str:
        return words.format(code=row.code, name=row.name, upper=row.name.upper().replace("Ё", "Е"))

    message = take(okt, topic=said(topic), settlement=said(place)).message
    assert (message.topic, message.topic_words) == (topic, "")
    assert (message.settlement, message.settlement_words) == (place, "")


def test_a_settlement_is_known_with_its_kind(okt: Cast) -> None:
    place = Settlement.objects.filter(center=okt.center, kind="пгт").first()
    assert place
    assert take(okt, settlement=f"пгт. {place.name}").message.settlement == place


def test_what_the_center_does_not_know_stays_words_and_is_never_refused(okt: Cast, kor: Cast) -> None:
    closed = Topic.objects.filter(center=okt.center).first()
    assert closed
    Topic.objects.filter(pk=closed.pk).update(closed_at=NOW)
    foreign = Settlement.objects.filter(center=kor.center).first()
    assert foreign

    message = take(okt, topic=closed.name, settlement=f"{foreign.name}, далеко").message
    assert (message.topic, message.topic_words) == (None, closed.name)
    assert (message.settlement, message.settlement_words) == (None, f"{foreign.name}, далеко")


def test_words_longer_than_their_place_are_cut_and_do_not_refuse_the_message(okt: Cast) -> None:
    message = take(okt, topic="ж" * 1500).message
    assert len(message.topic_words) == 400
    assert message.topic_words.endswith("…")


def test_two_places_of_one_name_are_left_to_a_person(okt: Cast) -> None:
    place = Settlement.objects.filter(center=okt.center).first()
    assert place
    Settlement.objects.create(center=okt.center, code="double", name=place.name, kind=place.kind)

    message = take(okt, settlement=place.name).message
    assert (message.settlement, message.settlement_words) == (None, place.name)


@pytest.mark.parametrize(("said", "flag"), [(None, True), (False, False), (True, True)])
def test_a_topic_may_set_fast_track_and_the_source_has_the_last_word(okt: Cast, said: bool | None, flag: bool) -> None:
    topic = Topic.objects.filter(center=okt.center).first()
    assert topic
    Topic.objects.filter(pk=topic.pk).update(fast_track=True)

    assert take(okt, source="pos", topic=topic.code, fast_track=said).message.fast_track is flag


def test_fast_track_shortens_the_term_of_pos(okt: Cast) -> None:
    slow = take(okt, source="pos").message
    fast = take(okt, source="pos", external_id="2", fast_track=True).message
    days = [(row.due_at - NOW).days for row in Deadline.objects.filter(message__in=[slow, fast], kind="answer").order_by("id")]

    assert days == [25, 10]


def test_the_kind_said_wins_over_the_regime_of_the_source(okt: Cast) -> None:
    assert take(okt, source="pos", kind="appeal").message.regime == "appeal"
    assert take(okt, source="pos", external_id="2").message.regime == "message"


def test_what_no_source_may_say(okt: Cast) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"external_id": " "}, "external_id"),
        ({"text": "\n "}, "text"),
        ({"text": "ж" * 50_001}, "text"),
        ({"kind": "жалоба"}, "kind"),
        ({"received_at": NOW + timedelta(minutes=6)}, "received_at"),
        ({"received_at": datetime(1999, 12, 31, tzinfo=UTC)}, "received_at"),
    ]
    for said, field in wrong:
        with pytest.raises(Invalid) as refused:
            take(okt, **said)
        assert list(refused.value.fields) == [field]
    assert not Message.objects.exists()
    assert not NumberSequence.objects.exists()


def test_a_clock_that_is_minutes_ahead_is_forgiven(okt: Cast) -> None:
    assert take(okt, received_at=NOW + timedelta(minutes=4)).message.received_at == NOW


def test_a_client_takes_in_only_for_its_sources_and_its_center(okt: Cast, kor: Cast) -> None:
    actor = pusher(okt.center, "im").actor
    take_in(actor=actor, source=okt.source("im"), payload=incoming(), now=NOW)

    for source in (okt.source("pos"), kor.source("im")):
        with pytest.raises(NotAllowed):
            take_in(actor=actor, source=source, payload=incoming(), now=NOW)


@pytest.mark.parametrize("name", ["pos", "roads", "roads_curator", "tech", "observer", "curator"])
def test_who_does_not_keep_the_source_takes_nothing_in(okt: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        take_in(actor=okt.actor(name), source=okt.source("im"), payload=incoming(), now=NOW)


@pytest.mark.parametrize("name", ["im", "head", "support"])
def test_a_person_takes_in_what_was_said_by_telephone(okt: Cast, name: str) -> None:
    taken = take_in(actor=okt.actor(name), source=okt.source("im"), payload=incoming(), now=NOW, by="call")
    event = taken.message.events.get(code="created")
    assert (event.user, event.data["by"]) == (okt.people[name], "call")


def test_a_closed_source_takes_nothing(okt: Cast) -> None:
    Source.objects.filter(center=okt.center, code="im").update(closed_at=NOW)
    with pytest.raises(Invalid, match="source"):
        take(okt)


def test_history_taken_quietly_warns_nobody_and_keeps_the_breach(okt: Cast) -> None:
    long_ago = NOW - timedelta(days=60)
    message = take(okt, source="pos", received_at=long_ago, quiet=True).message

    deadline = Deadline.objects.get(message=message, kind="answer")
    assert deadline.breached_at == deadline.due_at
    assert DeadlineStep.objects.filter(deadline=deadline, step="breach").exists()
    assert sweep(now=NOW).steps == 0


def in_threads(count: int, work: Callable[[int], None]) -> list[Exception]:
    """Run the work in threads that start together, each with a connection of its own; what they raised."""
    gate = threading.Barrier(count)
    raised: list[Exception] = []

    def one(number: int) -> None:
        try:
            gate.wait(timeout=30)
            work(number)
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_the_same_message_make_one_case() -> None:
    cast = make_oktyabrsky()
    source = Source.objects.select_related("center").get(pk=cast.source("im").pk)
    taken: list[Taken] = []

    def push(number: int) -> None:
        taken.append(take_in(actor=actors.system(cast.center), source=source, payload=incoming(), now=NOW))

    assert in_threads(8, push) == []
    assert Message.objects.count() == 1
    assert len({one.message.number for one in taken}) == 1
    assert sum(one.created for one in taken) == 1
    assert MessageEvent.objects.count() == 1
    assert NumberSequence.objects.get().last == 1


@pytest.mark.django_db(transaction=True)
def test_the_servers_log_tells_nothing_of_twins_and_nothing_of_anybodys_words() -> None:
    """Of a given server there is no log here; the embedded one is the same in tests as at work."""
    cast = make_oktyabrsky()
    source = Source.objects.select_related("center").get(pk=cast.source("im").pk)
    client, _ = create_client(center=cast.center, name="Выгрузка", sources=["im"], now=NOW)

    def push(number: int) -> None:
        take_in(actor=actors.system(cast.center), source=source, payload=incoming(text="Заветное слово."), now=NOW)
        with suppress(idempotent.StillRunning):
            idempotent.begin(client_id=client.pk, key="заветный-ключ", digest="d", now=NOW)

    assert in_threads(8, push) == []
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN %s <> '' THEN 1 / 0 END", ["Заветный адрес."])  # a failure that nobody foresaw
    log = Path(os.environ["MCU_VAR"]) / "logs" / "postgres.log"
    told = log.read_text(errors="replace") if log.exists() else ""
    assert "division by zero" in told or not log.exists()
    assert "Заветн" not in told
    assert "idempotent_call_once" not in told


def test_a_row_that_is_there_already_is_no_error_to_the_server(okt: Cast) -> None:
    client, _ = create_client(center=okt.center, name="Выгрузка", sources=["im"], now=NOW)
    idempotent.begin(client_id=client.pk, key="k", digest="d", now=NOW)
    columns = ["client_id", "key", "digest", "headers", "body", "at"]
    with pytest.raises(IntegrityError) as told, transaction.atomic():
        insert_all([(IdempotentCall, columns, [[client.pk, "k", "d", "{}", "", NOW]])])
    assert told.value.__cause__ is None


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_other_content_keep_one_and_refuse_the_rest() -> None:
    cast = make_oktyabrsky()
    source = Source.objects.select_related("center").get(pk=cast.source("im").pk)

    def push(number: int) -> None:
        take_in(actor=actors.system(cast.center), source=source, payload=incoming(text=f"Текст {number}"), now=NOW)

    raised = in_threads(8, push)
    assert [type(error) for error in raised] == [Conflict] * 7
    assert Message.objects.count() == 1
    assert NumberSequence.objects.get().last == 1


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_different_messages_get_numbers_without_gaps() -> None:
    cast = make_oktyabrsky()
    source = Source.objects.select_related("center").get(pk=cast.source("im").pk)

    def push(number: int) -> None:
        for part in range(3):
            payload = incoming(external_id=f"{number}-{part}")
            take_in(actor=actors.system(cast.center), source=source, payload=payload, now=NOW)

    assert in_threads(8, push) == []
    numbers = sorted(Message.objects.values_list("number", flat=True))
    assert numbers == [f"ОКТ-2026-{number:06d}" for number in range(1, 25)]
