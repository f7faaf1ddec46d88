"""The case itself: a citizen's message with its state, its number and who wrote it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django_fsm import GET_STATE, FSMField, transition

from blocks.models import ApiClient, Block, Center, Recipient, Settlement, Source, Topic
from mcu.models import User
from messages import policies, workflow
from messages.models.numbering import Tag
from messages.workflow import IN_BLOCK, OPEN, State

if TYPE_CHECKING:
    from blocks.actors import Actor


# How a message came that no program pushed: what the first line of its history keeps under «by».
CAME_BY: Final = {
    "call": "по телефону",
    "visit": "на приёме",
    "paper": "на бумаге",
    "mail": "по электронной почте",
    "file": "файлом",
}

# Stands in next_due_at where no term runs: such cases come last in lists, without a NULL in the keyset.
NO_TERM: Final = datetime(2200, 1, 1, tzinfo=UTC)


YO: Final = ("ёЁ", "еЕ")  # people write either letter; the search takes them for one


def words_of(field: str) -> models.Func:
    """The field as bare words, «е» for «ё»: an immutable expression, so that a column can hold it.

    PostgreSQL's own parser takes «», “” and emoji for letters of the word beside them, which then is never found.
    """
    one_letter = models.Func(models.F(field), *map(models.Value, YO), function="TRANSLATE", output_field=models.TextField())
    pattern = (models.Value("[^[:alnum:]]+"), models.Value(" "), models.Value("g"))
    return models.Func(one_letter, *pattern, function="REGEXP_REPLACE", output_field=models.TextField())


# A case that has left work: each moment is None again once it has come back. A closed one was answered before.
GONE: Final = Q(answered_at__isnull=False) | Q(redirected_at__isnull=False) | Q(dismissed_at__isnull=False)


def in_work() -> models.Func:
    """From receipt to where the case left work, both among it: an immutable expression, so that an index can hold it."""
    gone = Coalesce("answered_at", "redirected_at", "dismissed_at")
    return models.Func(
        models.F("received_at"),
        Greatest("received_at", gone),  # an answer before its question would be no range
        models.Value("[]"),
        function="TSTZRANGE",
        output_field=DateTimeRangeField(),
    )


class Regime(models.TextChoices):
    """Legal regime: обращение by 59-ФЗ, or сообщение outside of it (КОР 1.1.4, 1.1.5)."""

    APPEAL = "appeal", "обращение (59-ФЗ)"
    MESSAGE = "message", "сообщение"


class Completeness(models.IntegerChoices):
    """«Полнота реагирования по существу», marked at agreement (КОР 3.2 2))."""

    FORMAL = 0, "формально"
    PART = 1, "частично"
    FULL = 2, "в полном объёме"


class Control(models.TextChoices):
    """What shows that the matter was really put right, without somebody's word for it (КПЭ 6)."""

    GLONASS = "glonass", "ГЛОНАСС"
    PHOTO = "photo", "фото"
    VIDEO = "video", "видео"
    SENSOR = "sensor", "датчик"


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, actor: Actor) -> MessageQuerySet:
        """The rows this actor may see; no join, so it can be locked and counted cheaply."""
        return self.filter(policies.rows(actor))

    def open(self) -> MessageQuerySet:
        """Cases that still wait for something of ours."""
        return self.filter(state__in=OPEN)

    def with_names(self) -> MessageQuerySet:
        """What a list row shows beside the case, in the same query."""
        return self.select_related("source", "topic", "settlement", "block", "responsible")


class MessageManager(models.Manager["Message"]):
    def get_queryset(self) -> MessageQuerySet:
        """Without the search vector: it is for the index, reading it back only costs time."""
        return MessageQuerySet(self.model, using=self._db).defer("search")

    def visible_to(self, actor: Actor) -> MessageQuerySet:
        return self.get_queryset().visible_to(actor)


class Message(models.Model):
    """A citizen's message or appeal and where its answer stands."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="messages")
    number = models.CharField("номер", max_length=40, unique=True)
    source = models.ForeignKey(Source, models.PROTECT, related_name="messages")
    external_id = models.CharField("номер в источнике", max_length=200, blank=True)
    payload_hash = models.CharField(max_length=64, blank=True)  # of the first push; staff's later edits do not matter
    client = models.ForeignKey(ApiClient, models.PROTECT, null=True, blank=True, related_name="messages")
    regime = models.CharField("правовой режим", max_length=10, choices=Regime.choices)
    fast_track = models.BooleanField("фаст-трек", default=False)
    state = FSMField("состояние", default=State.RECEIVED, choices=State.choices, protected=True)

    text = models.TextField("текст")
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="messages")
    topic_words = models.CharField("тема словами источника", max_length=400, blank=True)
    settlement = models.ForeignKey(Settlement, models.PROTECT, null=True, blank=True, related_name="messages")
    settlement_words = models.CharField("населённый пункт словами источника", max_length=400, blank=True)
    address = models.CharField("адрес", max_length=500, blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    url = models.URLField("ссылка на сообщение", max_length=1000, blank=True)

    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="messages")
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, blank=True, related_name="messages")
    responsible = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    received_at = models.DateTimeField("поступило")
    created_at = models.DateTimeField("внесено")
    registered_at = models.DateTimeField("зарегистрировано", null=True, blank=True)
    outside_number = models.CharField("регистрационный № в СЭД", max_length=100, blank=True)
    handed_over_at = models.DateTimeField("передано в блок (первая передача)", null=True, blank=True)  # of the cycle
    submitted_at = models.DateTimeField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_version = models.PositiveIntegerField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField("ответ размещён", null=True, blank=True)  # as the publisher says it was posted
    sent_recorded_at = models.DateTimeField("отправка отмечена", null=True, blank=True)
    completeness = models.PositiveSmallIntegerField(choices=Completeness.choices, null=True, blank=True)
    redirected_at = models.DateTimeField(null=True, blank=True)
    redirected_to = models.CharField("адресат", max_length=300, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissal_ground = models.CharField(max_length=60, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=60, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    cycle = models.PositiveSmallIntegerField(default=0)  # how often the case was reopened; terms belong to a cycle
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # may recall
    sorted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # may take back
    sorted_at = models.DateTimeField(null=True, blank=True)
    # Merged: the leading message is worked on, this one waits in force and is answered with it through its own channel.
    leading = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    merged_from = models.JSONField(default=dict, blank=True)  # {state, block, recipient, responsible}: what a split gives back
    group_needs_head = models.BooleanField(default=False)  # of a leading one: the strictest chain of its group
    control = models.CharField(
        "контроль решения", max_length=10, choices=Control.choices, default="", db_default="", blank=True
    )
    extended_at = models.DateTimeField(null=True, blank=True)
    extension_days = models.PositiveSmallIntegerField(default=0)
    tags = models.ManyToManyField(Tag, related_name="messages", blank=True)
    changed_at = models.DateTimeField()
    next_due_at = models.DateTimeField(default=NO_TERM)
    # {kind: moment}: terms of the kind are counted by the charter as it stood then, not as it stood when they began.
    editions = models.JSONField(default=dict, db_default={}, blank=True)

    search = models.GeneratedField(
        expression=SearchVector(words_of("text"), words_of("address"), config="russian"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = MessageManager()

    class Meta:
        verbose_name = "сообщение"
        verbose_name_plural = "сообщения"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "external_id"], condition=~Q(external_id=""), name="message_pushed_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="message_state_known"),
            models.CheckConstraint(condition=Q(regime__in=Regime.values), name="message_regime_known"),
            models.CheckConstraint(condition=Q(control__in=["", *Control.values]), name="message_control_known"),
            models.CheckConstraint(
                condition=~Q(state__in=IN_BLOCK)
                | Q(block__isnull=False, registered_at__isnull=False, handed_over_at__isnull=False),
                name="message_in_block_has_block",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.HEAD_APPROVAL, State.APPROVED])
                | Q(agreed_at__isnull=False, agreed_version__isnull=False, completeness__isnull=False),
                name="message_agreed_has_version",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.APPROVED) | Q(approved_at__isnull=False), name="message_approved_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.ANSWERED, State.CLOSED])
                | Q(answered_at__isnull=False, sent_recorded_at__isnull=False),
                name="message_answered_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.CLOSED) | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="message_closed_has_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.REDIRECTED) | (Q(redirected_at__isnull=False) & ~Q(redirected_to="")),
                name="message_redirected_has_addressee",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.MERGED) | (Q(leading__isnull=False) & ~Q(merged_from={})),
                name="message_merged_has_leading",
            ),
            models.CheckConstraint(
                condition=Q(leading__isnull=True) | ~Q(leading=models.F("id")), name="message_leads_not_itself"
            ),
            models.CheckConstraint(
                condition=Q(extended_at__isnull=True, extension_days=0)
                | Q(extended_at__isnull=False, extension_days__gt=0, regime=Regime.APPEAL),
                name="message_extended_by_law",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.DISMISSED) | (Q(dismissed_at__isnull=False) & ~Q(dismissal_ground="")),
                name="message_dismissed_has_ground",
            ),
        ]
        indexes: ClassVar = [
            # Lists of open cases, nearest term first; partial, so they do not grow with what is closed.
            models.Index(fields=["center", "next_due_at", "id"], condition=Q(state__in=OPEN), name="message_open_due"),
            models.Index(
                fields=["center", "block", "next_due_at", "id"], condition=Q(state__in=OPEN), name="message_open_block"
            ),
            models.Index(
                fields=["center", "source", "next_due_at", "id"], condition=Q(state__in=OPEN), name="message_open_source"
            ),
            # With what the counts of open cases ask for, so that they are read from the index alone.
            models.Index(
                fields=["center", "state", "next_due_at", "id"],
                include=["block", "source", "responsible"],
                condition=Q(state__in=OPEN),
                name="message_open_state",
            ),
            # The whole register, newest first; with what reports sort the received by, so that they read the index alone.
            models.Index(
                fields=["center", "-received_at", "-id"],
                include=["source", "regime", "block", "recipient", "topic", "settlement"],
                name="message_all",
            ),
            models.Index(fields=["center", "state", "-received_at", "-id"], name="message_all_state"),
            models.Index(fields=["center", "block", "-received_at", "-id"], name="message_all_block"),
            models.Index(fields=["center", "source", "-received_at", "-id"], name="message_all_source"),
            # Closing by itself, and the answers of any period with what reports ask of them; nothing to keep at intake.
            models.Index(
                fields=["center", "answered_at"],
                include=[
                    "id",
                    "received_at",
                    "source",
                    "block",
                    "recipient",
                    "topic",
                    "settlement",
                    "fast_track",
                    "control",
                    "completeness",
                    "cycle",
                ],
                condition=Q(answered_at__isnull=False),
                name="message_answered",
            ),
            # Cases that came and went: which were in work at a moment of the past is told at once, whatever came since.
            GistIndex(in_work(), condition=GONE, name="message_in_work"),
            GinIndex(fields=["search"], name="message_search"),
            models.Index(fields=["leading"], condition=Q(leading__isnull=False), name="message_merged"),
            # Rare marks of the register, newest first; what is common is found by walking the whole register.
            models.Index(fields=["center", "-received_at", "-id"], condition=Q(fast_track=True), name="message_fast"),
            models.Index(
                fields=["center", "-received_at", "-id"], condition=Q(extended_at__isnull=False), name="message_extended"
            ),
            models.Index(fields=["center", "-received_at", "-id"], condition=Q(cycle__gt=0), name="message_reopened"),
            models.Index(
                fields=["center", "completeness", "-received_at", "-id"],
                condition=Q(completeness__lt=2),
                name="message_incomplete",
            ),
            models.Index(
                fields=["center", "-received_at", "-id"],
                include=["control"],
                condition=~Q(control=""),
                name="message_controlled",
            ),
            models.Index(fields=["center", "outside_number"], condition=~Q(outside_number=""), name="message_outside_number"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("messages:case", args=[self.center.slug, self.number])

    @property
    def publisher_role(self) -> str:
        return self.source.publisher

    @property
    def needs_head(self) -> bool:
        """Whether the head approves: by the chain of the source, or of any message merged under this one (раздел 0)."""
        return self.source.needs_head or self.group_needs_head

    @property
    def stage(self) -> str:
        """Where the case stands, as one word: a page keeps it to learn that a colleague was faster."""
        return f"{self.state}.{self.block_id or 0}.{self.cycle}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @cached_property
    def question_until(self) -> datetime | None:
        """Until when the clock stands for the question that the applicant has not answered. One query once it is in a block."""
        if self.handed_over_at is None:
            return None
        return self.questions.filter(cycle=self.cycle, answered_at__isnull=True).values_list("until", flat=True).first()

    # The transitions themselves carry no rules: services check the person and fill the fields, constraints guard them.

    @transition(field=state, source=list(workflow.ASSIGN.sources), target=State.ASSIGNED)
    def to_assigned(self) -> None: ...

    @transition(field=state, source=list(workflow.DECLINE.sources), target=State.RECEIVED)
    def to_declined(self) -> None: ...

    @transition(field=state, source=list(workflow.START.sources), target=State.DRAFTING)
    def to_started(self) -> None: ...

    @transition(field=state, source=list(workflow.SUBMIT.sources), target=State.BLOCK_APPROVAL)
    def to_submitted(self) -> None: ...

    @transition(
        field=state,
        source=list(workflow.AGREE.sources),
        target=GET_STATE(
            lambda message: State.HEAD_APPROVAL if message.needs_head else State.APPROVED,
            states=list(workflow.AGREE.targets),
        ),
    )
    def to_agreed(self) -> None: ...

    @transition(field=state, source=list(workflow.RETURN.sources), target=State.DRAFTING)
    def to_returned(self) -> None: ...

    @transition(field=state, source=list(workflow.APPROVE.sources), target=State.APPROVED)
    def to_approved(self) -> None: ...

    @transition(field=state, source=list(workflow.SEND.sources), target=State.ANSWERED)
    def to_sent(self) -> None: ...

    @transition(field=state, source=list(workflow.RECALL.sources), target=State.DRAFTING)
    def to_recalled(self) -> None: ...

    @transition(field=state, source=list(workflow.INTERIM.sources), target=None)
    def to_interim(self) -> None: ...

    @transition(field=state, source=list(workflow.ASK.sources), target=None)
    def to_asked(self) -> None: ...

    @transition(field=state, source=list(workflow.HEAR.sources), target=None)
    def to_heard(self) -> None: ...

    @transition(field=state, source=list(workflow.EXTEND.sources), target=None)
    def to_extended(self) -> None: ...

    @transition(field=state, source=list(workflow.TAKE_BACK.sources), target=State.RECEIVED)
    def to_taken_back(self) -> None: ...

    @transition(field=state, source=list(workflow.MERGE.sources), target=State.MERGED)
    def to_merged(self) -> None: ...

    @transition(
        field=state,
        source=list(workflow.SPLIT.sources),
        target=GET_STATE(lambda message: State(message.merged_from["state"]), states=list(workflow.SPLIT.targets)),
    )
    def to_split(self) -> None: ...

    @transition(field=state, source=list(workflow.FOLLOW.sources), target=State.APPROVED)
    def to_followed(self) -> None: ...

    @transition(field=state, source=list(workflow.REDIRECT.sources), target=State.REDIRECTED)
    def to_redirected(self) -> None: ...

    @transition(field=state, source=list(workflow.DISMISS.sources), target=State.DISMISSED)
    def to_dismissed(self) -> None: ...

    @transition(field=state, source=list(workflow.CLOSE.sources), target=State.CLOSED)
    def to_closed(self) -> None: ...

    @transition(
        field=state,
        source=list(workflow.REOPEN.sources),
        target=GET_STATE(
            lambda message: State.ASSIGNED if message.state in (State.ANSWERED, State.CLOSED) else State.RECEIVED,
            states=list(workflow.REOPEN.targets),
        ),
    )
    def to_reopened(self) -> None: ...
