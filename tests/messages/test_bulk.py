"""One step for many cases: each by itself, nothing half done, what was not done said with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from blocks import actors
from blocks.models import Membership, Recipient
from mcu.errors import Invalid
from messages.models import BulkRun, Message, MessageEvent
from messages.services import bulk, routing
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, page, words
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # else the head would first be asked for the second step of sign-in
    with time_machine.travel(LATER, tick=False):
        yield


def received(cast: Cast, count: int, source: str = "im") -> list[Message]:
    return [cast.message(source) for _ in range(count)]


def ask(cast: Cast, rows: list[Message], do: str = "assign", by: str = "im", **values: Any) -> BulkRun:
    given = values or {"block_id": cast.block("roads").pk, "topic_id": None, "recipient_id": None}
    return bulk.ask(center=cast.center, actor=cast.actor(by), do=do, ids=[row.pk for row in rows], values=given, now=LATER)


def go(cast: Cast, run: BulkRun, by: str = "im") -> BulkRun:
    return bulk.advance(run_id=run.pk, actor=cast.actor(by), now=LATER)


def states(rows: list[Message]) -> list[str]:
    return [Message.objects.get(pk=row.pk).state for row in rows]


def test_each_case_is_handed_over_as_if_alone(okt: Cast) -> None:
    rows = received(okt, 3)
    run = go(okt, ask(okt, rows))
    assert (run.done, run.failed, run.finished_at) == (3, [], LATER)
    assert states(rows) == [State.ASSIGNED] * 3
    assert MessageEvent.objects.filter(message__in=rows, code="assign", user=okt.people["im"]).count() == 3


def test_what_was_not_done_is_said_with_its_reason_and_stands_as_it_stood(okt: Cast) -> None:
    rows = [*received(okt, 2), bring(okt, IM, "block_approval").message, *received(okt, 1)]
    run = go(okt, ask(okt, rows))
    assert run.done == 3
    ((number, reason),) = run.failed
    assert number == rows[2].number
    assert "сейчас не делается" in reason
    assert states(rows) == ["assigned", "assigned", "block_approval", "assigned"]


def test_a_colleagues_faster_step_is_not_made_again(okt: Cast) -> None:
    rows = received(okt, 2)
    run = ask(okt, rows)
    routing.assign(message_id=rows[0].pk, actor=okt.actor("head"), block_id=okt.block("housing").pk, now=LATER)
    run = go(okt, run)
    assert run.done == 1
    assert "дело изменилось" in run.failed[0][1]
    assert Message.objects.get(pk=rows[0].pk).block == okt.block("housing")


def test_only_what_the_person_sees_is_taken_and_only_what_he_may_is_done(okt: Cast, kor: Cast) -> None:
    mine, others, foreign = received(okt, 1), received(okt, 1, "pos"), received(kor, 1)
    run = ask(okt, [*mine, *others, *foreign])
    assert run.ids == [mine[0].pk]
    with pytest.raises(Invalid, match="Ничего не выбрано"):
        ask(okt, others)
    run = go(okt, ask(okt, others, by="curator"), by="curator")
    assert run.done == 0
    assert "Этот шаг делает" in run.failed[0][1]
    assert states([*mine, *others, *foreign]) == ["received"] * 3


def test_a_run_goes_on_where_it_stopped(okt: Cast) -> None:
    rows = received(okt, bulk.CHUNK + 3)
    run = go(okt, ask(okt, rows))
    assert (run.done, run.finished_at) == (bulk.CHUNK, None)
    # A worker took the next part and died: nobody goes on while its sign of life is young.
    BulkRun.objects.filter(pk=run.pk).update(taken=len(rows))
    assert go(okt, run).done == bulk.CHUNK
    run = bulk.advance(run_id=run.pk, actor=okt.actor("im"), now=LATER + bulk.LEASE)
    assert (run.done, len(run.failed)) == (len(rows), 0)
    assert MessageEvent.objects.filter(message__in=rows, code="assign").count() == len(rows)


def test_the_task_finishes_what_was_left_with_the_rights_of_then(okt: Cast) -> None:
    rows = received(okt, bulk.CHUNK * 2)
    run = go(okt, ask(okt, rows))

    def finish(moment: timedelta) -> int:
        now = LATER + moment
        return bulk.finish_left(actor_of=lambda run: actors.person(user=run.user, center=run.center, now=now), now=now)

    assert finish(timedelta(seconds=5)) == 0  # its page may still be open
    Membership.objects.filter(user=okt.people["im"]).update(until=(NOW - timedelta(days=1)).date())
    assert finish(timedelta(minutes=1)) > 0
    run = BulkRun.objects.get(pk=run.pk)
    assert (run.done, len(run.failed)) == (bulk.CHUNK, bulk.CHUNK)
    assert "нет среди тех, что вам видны" in run.failed[0][1]


def test_a_broken_case_stops_no_others(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = received(okt, 3)
    right = routing.assign

    def fails_for_one(**values: Any) -> Message:
        message = right(**values)
        if values["message_id"] == rows[1].pk:
            raise RuntimeError("broken")
        return message

    monkeypatch.setitem(bulk._SERVICES, "assign", fails_for_one)
    run = go(okt, ask(okt, rows))
    assert (run.done, [number for number, _ in run.failed]) == (2, [rows[1].number])
    assert states(rows) == ["assigned", "received", "assigned"]


def test_a_responsible_and_a_recipient_are_named_in_the_block(okt: Cast) -> None:
    waiting, given = received(okt, 1)[0], bring(okt, IM, "assigned").message
    rows = [waiting, given]
    run = go(okt, ask(okt, rows, "responsible", responsible_id=okt.people["roads"].pk))
    assert (run.done, "сначала передайте" in run.failed[0][1]) == (1, True)
    assert Message.objects.get(pk=given.pk).responsible == okt.people["roads"]
    recipient = Recipient.objects.filter(center=okt.center, blocks=okt.block("roads")).first()
    assert recipient
    run = go(okt, ask(okt, rows, "recipient", recipient_id=recipient.pk))
    assert (run.done, len(run.failed)) == (1, 1)
    assert Message.objects.get(pk=given.pk).recipient == recipient


def test_tags_for_many(okt: Cast) -> None:
    rows = received(okt, 2)
    assert go(okt, ask(okt, rows, "tag", name="паводок")).done == 2
    assert go(okt, ask(okt, rows, "untag", name="Паводок")).done == 2
    assert not rows[0].tags.exists()


def test_not_more_than_a_thousand(okt: Cast) -> None:
    with pytest.raises(Invalid, match="не больше 1000"):
        bulk.ask(center=okt.center, actor=okt.actor("im"), do="tag", ids=range(1, 1002), values={"name": "а"}, now=LATER)


class TestPage:
    def test_the_bar_offers_what_the_roles_do(self, okt: Cast) -> None:
        received(okt, 1)
        offered = {
            name: [code for code, _ in browser(okt, name).get(page(okt, "list") + "?state=all").context["steps"]]
            for name in ("im", "head", "roads", "curator", "tech")
        }
        everything = ["assign", "responsible", "recipient", "tag", "untag"]
        assert offered == {
            "im": everything,
            "head": everything,
            "roads": ["recipient", "tag", "untag"],
            "curator": ["tag", "untag"],
            "tech": [],
        }

    def test_first_its_fields_then_the_step_then_the_list_as_it_stood(self, okt: Cast) -> None:
        rows, client, url = received(okt, 2), browser(okt, "im"), page(okt, "selected")
        chosen = {"only": [str(row.pk) for row in rows], "query": "source=im"}
        text = words(client.post(url, {**chosen, "do": "assign"}))
        assert "Выбрано: 2\u00a0сообщения" in text
        assert f'name="only" value="{rows[0].pk}"' in text
        part = words(client.post(url, {**chosen, "do": "assign"}, headers={"HX-Request": "true"}))
        assert "<html" not in part
        assert states(rows) == ["received"] * 2
        refused = client.post(url, {**chosen, "doing": "assign", "go": "1", "block": ""})
        assert refused.status_code == 400
        assert "Выберите блок из списка" in words(refused)
        done = client.post(url, {**chosen, "doing": "assign", "go": "1", "block": okt.block("roads").pk}, follow=True)
        assert done.redirect_chain == [(page(okt, "list") + "?source=im", 302)]
        assert "готово, сообщений — 2" in words(done)
        assert states(rows) == ["assigned"] * 2

    def test_what_was_not_done_has_a_page_of_its_own(self, okt: Cast) -> None:
        rows, client = [*received(okt, 1), bring(okt, IM, "approved").message], browser(okt, "im")
        sent = {
            "only": [row.pk for row in rows],
            "doing": "assign",
            "go": "1",
            "block": okt.block("roads").pk,
            "query": "state=all",
        }
        text = words(client.post(page(okt, "selected"), sent, follow=True))
        assert "Не сделано: <b>1</b>" in text
        assert rows[1].number in text
        assert "остались как были" in text
        assert f'href="{page(okt, "list")}?state=all"' in text
        run = BulkRun.objects.get()
        assert browser(okt, "pos").get(page(okt, "bulk-run", run.pk)).status_code == 404

    def test_many_are_done_in_parts_with_progress(self, okt: Cast) -> None:
        rows, client = received(okt, bulk.CHUNK + 2), browser(okt, "im")
        sent = {"all": "1", "doing": "tag", "go": "1", "name": "паводок", "query": "source=im"}
        first = words(client.post(page(okt, "selected"), sent, follow=True))
        assert f'aria-valuenow="{bulk.CHUNK}"' in first
        run = BulkRun.objects.get()
        second = words(client.post(page(okt, "bulk-run", run.pk), headers={"HX-Request": "true"}))
        assert f"Сделано: <b>{len(rows)}</b>" in second

    def test_everything_found_means_what_the_filters_find(self, okt: Cast) -> None:
        mine, done = received(okt, 3), bring(okt, IM, "closed").message
        browser(okt, "head").post(page(okt, "selected"), {"all": "1", "doing": "tag", "go": "1", "name": "а", "query": ""})
        assert [row.tags.count() for row in (*mine, done)] == [1, 1, 1, 0]

    def test_nothing_sent_breaks_it(self, okt: Cast) -> None:
        client, url = browser(okt, "head"), page(okt, "selected")
        for sent in (
            {},
            {"do": "выдумка"},
            {"do": "assign"},
            {"doing": "tag", "go": "1", "name": "а", "only": ["x", "9" * 40, "-1"]},
            {"all": "1", "query": "%00=%ff&&&==", "doing": "untag", "go": "1", "name": "\x00"},
        ):
            assert client.post(url, sent).status_code in (200, 302, 400, 404), sent
        assert client.get(url).status_code == 405
