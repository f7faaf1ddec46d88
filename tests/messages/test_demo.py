"""The demo: loaded once through the real services, it shows every state and channel and leaves nobody idle."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Q
from django.db.models.functions import Length

from blocks import actors
from blocks.models import Center, Membership
from blocks.roles import Role
from blocks.selectors import roster_of
from mcu.models import Heartbeat, Outbox, User
from messages.demo import sign_ins, texts
from messages.demo.load import load
from messages.models import AutoMove, Deadline, DeadlineStep, Message, MessageEvent, Reply
from messages.models.history import DELIVERED
from messages.selectors.desk import desk
from messages.selectors.forecast import quality
from messages.services.notices import holders
from messages.terms.chip import LIKELY
from messages.workflow import State
from tests.cast import load_center
from tests.messages.browsing import ALONE

NOW = datetime(2026, 11, 18, 9, 20, tzinfo=UTC)  # Wednesday, 14:20 in Октябрьское, 12:20 in Корсаково
PASSWORD = "Образец-2026-показ"


@pytest.mark.django_db
def test_the_demo_is_loaded_once_and_shows_everything() -> None:
    """One load serves all the checks: it plays two thousand steps."""
    centers = [load_center(slug) for slug in texts.CENTERS]
    done = load(password=PASSWORD, now=NOW)
    assert done.now_loaded
    assert done.cases == Message.objects.count() >= 280
    for center in centers:
        _shows_every_state_and_channel(center)
        _has_late_and_nearly_late(center)
        _leaves_nobody_idle(center)
        _foretells(center)
        _rules_have_moved_some(center)
    _numbers_follow_receipt()
    _history_goes_forward()
    _terms_have_their_steps_in_time()
    _nothing_is_mailed()
    _people_can_sign_in()
    _a_second_load_changes_nothing()


def _rules_have_moved_some(center: Center) -> None:
    moves = AutoMove.objects.filter(rule__center=center)
    assert moves.count() >= 4
    assert MessageEvent.objects.filter(DELIVERED, message__center=center).count() == moves.count()


def _shows_every_state_and_channel(center: Center) -> None:
    cases = Message.objects.filter(center=center)
    wanted = set(State.values) - (set() if center.slug == "oktyabrsky" else {State.HEAD_APPROVAL})
    assert set(cases.values_list("state", flat=True)) == wanted
    assert set(cases.values_list("source__code", flat=True)) == set(center.sources.values_list("code", flat=True))
    assert set(cases.exclude(block=None).values_list("block__code", flat=True)) == set(
        center.blocks.values_list("code", flat=True)
    )
    codes = Counter(MessageEvent.objects.filter(message__center=center).values_list("code", flat=True))
    for code in ("decline", "return", "reopen", "warning", "breach", "escalation", "registered", "draft", "ask", "hear"):
        assert codes[code], f"{center}: no «{code}» in any history"
    received = cases.values_list("received_at", flat=True)
    assert min(received) < NOW - timedelta(days=50)
    assert NOW - timedelta(hours=2) < max(received) < NOW
    assert cases.filter(topic=None).exclude(topic_words="").exists()
    assert cases.filter(fast_track=True).exists()
    assert cases.filter(Q(completeness=0) | Q(completeness=1)).exists()


def _foretells(center: Center) -> None:
    """The forecast speaks from the first start, names somebody before the last warning and knows how it has done."""
    running = Deadline.objects.filter(center=center, met_at=None, void_at=None, internal=False, due_at__gt=NOW)
    assert running.filter(chance__isnull=False).count() > running.count() / 2
    assert running.filter(chance__gte=LIKELY, threat_at__gt=NOW).exists()
    done = quality(center)
    assert done.is_known
    assert done.hits > 0


def _has_late_and_nearly_late(center: Center) -> None:
    waiting = Message.objects.filter(center=center, state__in=ALONE)
    late = waiting.filter(next_due_at__lt=NOW).count()
    assert 3 <= late <= waiting.count() * 0.3
    assert waiting.filter(next_due_at__gt=NOW, next_due_at__lt=NOW + timedelta(hours=8)).count() >= 3
    assert Deadline.objects.filter(center=center, breached_at__isnull=False, met_at__isnull=False).exists()


def _leaves_nobody_idle(center: Center) -> None:
    """Everybody's desk has something on it; the technical role and observers have none to fill."""
    people = User.objects.filter(memberships__center=center).distinct()
    for user in people.exclude(memberships__role__in=[Role.TECH, Role.OBSERVER]):
        actor = actors.person(user=user, center=center, now=NOW)
        sections = desk(actor=actor, center=center, now=NOW).sections
        assert sum(section.count for section in sections), f"{user.username} has nothing to do"
    for case in Message.objects.filter(center=center, state__in=ALONE).select_related("source"):
        assert holders(case, roster_of(center, NOW)), f"{case.number} waits for nobody"


def _numbers_follow_receipt() -> None:
    for slug in texts.CENTERS:
        rows = Message.objects.filter(center__slug=slug).order_by("number").values_list("received_at", flat=True)
        assert list(rows) == sorted(rows)


def _history_goes_forward() -> None:
    """Lines stand in the order in which they were written, none before the receipt, none in the future."""
    last: dict[int, datetime] = {}
    for message_id, at in MessageEvent.objects.order_by("id").values_list("message_id", "at"):
        assert last.get(message_id, at) <= at <= NOW
        last[message_id] = at
    for case in Message.objects.exclude(answered_at=None):
        chain = [case.received_at, case.registered_at, case.handed_over_at, case.agreed_at, case.approved_at, case.answered_at]
        moments = [moment for moment in chain if moment is not None and not (case.cycle and moment < case.received_at)]
        assert moments == sorted(moments), case.number
    assert not Reply.objects.filter(text__contains="{").exists()
    assert not Reply.objects.annotate(size=Length("text")).filter(size__lt=20).exists()


def _terms_have_their_steps_in_time() -> None:
    """The sweep went along with the story: a warning stands a minute after its moment, not at the day of loading."""
    assert DeadlineStep.objects.count() > 100
    by_people = MessageEvent.objects.exclude(code__in=["warning", "breach", "escalation"])
    for step in DeadlineStep.objects.select_related("deadline"):
        # A declined case takes up terms again whose moments have passed: these steps are made right after the decline.
        last = by_people.filter(message_id=step.deadline.message_id, at__lte=step.made_at).latest("at").at
        assert step.planned_at <= step.made_at <= max(step.planned_at, last) + timedelta(minutes=2)
    assert not Deadline.objects.filter(
        due_at__lt=NOW, met_at__isnull=True, void_at__isnull=True, breached_at__isnull=True
    ).exists()


def _nothing_is_mailed() -> None:
    assert Outbox.objects.filter(read_at__isnull=True).exists()
    assert not Outbox.objects.filter(by_email=True).exists()
    assert not Outbox.objects.filter(read_at__isnull=True, created_at__lt=NOW - timedelta(days=1)).exists()
    assert not User.objects.exclude(email="").exists()


def _people_can_sign_in() -> None:
    rows = sign_ins()
    users = {user.username: user for user in User.objects.all()}
    assert set(users) == {row.sign_in for row in rows}
    assert all(user.check_password(PASSWORD) for user in users.values())
    assert any(len(row.centers) == 2 for row in rows)
    roles = set(Membership.objects.values_list("center__slug", "role"))
    assert roles == {(slug, role) for slug in texts.CENTERS for role in Role.values}
    assert Membership.objects.filter(by_agreement=True, agreed_on__isnull=False).exists()


def _a_second_load_changes_nothing() -> None:
    before = (Message.objects.count(), MessageEvent.objects.count(), Outbox.objects.count(), User.objects.count())
    out = StringIO()
    call_command("load_demo", password="Другой-2026-пароль", stdout=out)
    after = (Message.objects.count(), MessageEvent.objects.count(), Outbox.objects.count(), User.objects.count())
    assert before == after
    assert Heartbeat.objects.get(name="demo").at == NOW
    assert "okt.head" in out.getvalue()
    assert "Образец загружен" not in out.getvalue()
    assert all(user.check_password("Другой-2026-пароль") for user in User.objects.all())


def test_the_texts_name_nobody_real() -> None:
    """Phones and addresses are of the kinds kept for examples; every text is told once."""
    rows = [letter for slug in texts.CENTERS for letter in texts.letters(slug)]
    assert len(texts.letters("oktyabrsky")) >= 170
    assert len(texts.letters("korsakovsky")) >= 110
    assert sum(bool(row.answer) for row in rows) > len(rows) / 2
    for row in rows:
        assert re.fullmatch(r"(\+7 900 000-00-\d\d)?", row.phone)
        assert re.fullmatch(r"([\w.]+@example\.(ru|com))?", row.email)
        words = f"{row.text} {row.answer} {row.second_answer} {row.remark} {row.decline} {row.reopen}"
        assert not re.search(r"\d{3}[- ]\d\d[- ]\d\d|\+7[\s(-]?\d{3}|@|\b8\d{10}\b", words), row.id
    assert len({row.text for row in rows}) == len(rows)
