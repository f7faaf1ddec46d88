"""The registers, each declared once."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet

from blocks.models import RoadmapMeasure
from blocks.roles import Role
from reports.models import (
    Assessment,
    BestPractice,
    Campaign,
    Consultation,
    InformationRisk,
    Proposal,
    Publication,
    PublicHearing,
    ResidentDecision,
)
from reports.registers import judging
from reports.registers.table import Attention, Register

_KEEPERS: Final = (Role.SUPPORT, Role.HEAD)


_LINK: Final = "Полностью, начиная с https://"


def _announced() -> QuerySet[Any]:
    """Ids of the decisions whose execution residents were told of, by a note or by a publication."""
    return ResidentDecision.objects.announced().values("pk")


RISKS: Final = Register(
    code="risks",
    model=InformationRisk,
    name="Информационные риски",
    add="Записать риск",
    clause="ОКТ Пол. 3.6; КОР 3.2 е)",
    about="Что замечено в СМИ, социальных сетях и документах ЦУР; что сделать и что сообщить жителям.",
    head="summary",
    columns=("noticed_on", "where", "topic", "block", "settlement"),
    groups=(
        ("Что замечено", ("noticed_on", "where", "url", "summary", "level")),
        ("О чём", ("topic", "block", "settlement")),
        ("Рекомендации", ("factual", "informing")),
        ("Итог", ("closed_on", "result")),
    ),
    filters=("level", "where", "block", "topic"),
    search=("summary", "factual", "informing", "result"),
    key=("noticed_on", "where", "url", "summary"),
    days=("noticed_on",),
    facts=("noticed_on", "closed_on"),
    by_blocks=True,
    helps={
        "url": _LINK,
        "level": "О высоком риске сразу узнаёт руководитель Центра.",
        "summary": "Без имён, телефонов и адресов жителей.",
        "informing": "Что и где разъяснить: информационная работа.",
    },
    attention=(
        Attention("open", "открыты", lambda rows, today: rows.filter(closed_on__isnull=True)),
        Attention("high", "открыты, высокие", lambda rows, today: rows.filter(closed_on__isnull=True, level="high")),
    ),
    check=judging.risk_words,
    mark=judging.risk_mark,
)

CONSULTATIONS: Final = Register(
    code="consultations",
    model=Consultation,
    name="Консультации",
    add="Записать консультацию",
    clause="ОКТ Пол. 3.8",
    about="Какие вопросы разъяснили и решена ли проблема. Имён, телефонов и адресов жителей здесь не пишут.",
    head="summary",
    columns=("held_on", "way", "topic", "block", "result"),
    groups=(
        ("", ("held_on", "way", "topic", "block", "settlement", "summary")),
        ("Итог", ("result", "case_number")),
    ),
    filters=("result", "way", "block", "topic"),
    search=("summary", "case_number"),
    key=("held_on", "way", "topic", "summary"),
    days=("held_on",),
    facts=("held_on",),
    writers=(*_KEEPERS, Role.SOURCE_CURATOR),
    by_blocks=True,
    helps={
        "summary": "Только вопрос и ответ. Кто спрашивал, не пишите: ни имени, ни телефона, ни адреса.",
        "case_number": "Если по вопросу заведено сообщение, например ОКТ-2026-000123.",
    },
    attention=(Attention("unsolved", "не решено", lambda rows, today: rows.filter(result="unsolved")),),
)

PUBLICATIONS: Final = Register(
    code="publications",
    model=Publication,
    name="Публикации получателей",
    add="Записать публикацию",
    clause="КОР 2.7; показатель 3",
    about="План публикаций официальных страниц и что вышло: по нему считают долю получателей, которые пишут жителям.",
    head="title",
    columns=("published_on", "planned_on", "recipient", "network", "kind", "views", "reactions"),
    groups=(
        ("", ("recipient", "network", "kind", "title")),
        ("Когда", ("planned_on", "published_on", "url")),
        ("Отклик", ("views", "reactions")),
        ("Связь", ("decision",)),
    ),
    filters=("recipient", "network", "kind"),
    search=("title", "url"),
    key=("recipient", "network", "title", "planned_on", "published_on"),
    days=("published_on", "planned_on"),
    facts=("published_on",),
    writers=(*_KEEPERS, Role.ACCOUNTS),
    by_blocks=True,
    titles={"planned_on": "День по плану", "published_on": "День выхода"},
    helps={
        "url": _LINK,
        "decision": "Если публикация сообщает об исполнении решения, принятого с жителями (показатель 4).",
    },
    attention=(
        Attention("late", "не вышли в срок", lambda rows, today: rows.filter(published_on__isnull=True, planned_on__lt=today)),
    ),
    check=judging.publication_words,
    mark=judging.publication_mark,
)

DECISIONS: Final = Register(
    code="decisions",
    model=ResidentDecision,
    name="Решения с участием жителей",
    add="Записать решение",
    clause="показатель 4",
    about="Что решили голосованием, опросом или обсуждением и узнали ли жители, что решение исполнено.",
    head="title",
    columns=("decided_on", "way", "via_pos", "settlement", "executed_on", "announced_on"),
    groups=(
        ("", ("decided_on", "title", "way", "via_pos", "settlement", "participants", "url")),
        ("Исполнение", ("executed_on", "execution")),
        ("Как сообщили жителям", ("announced_on", "announcement_url")),
    ),
    filters=("way", "via_pos", "settlement"),
    search=("title", "execution"),
    key=("decided_on", "title"),
    days=("decided_on",),
    facts=("decided_on", "executed_on", "announced_on"),
    titles={"decided_on": "День решения", "executed_on": "День исполнения", "announced_on": "День сообщения жителям"},
    helps={"url": _LINK, "announcement_url": _LINK},
    attention=(
        Attention(
            "untold",
            "исполнены, жителям не сообщено",
            lambda rows, today: rows.filter(executed_on__isnull=False).exclude(pk__in=_announced()),
        ),
    ),
    enrich=lambda rows: rows.annotate(told=Exists(_announced().filter(pk=OuterRef("pk")))),
    check=judging.decision_words,
    mark=judging.decision_mark,
)

HEARINGS: Final = Register(
    code="hearings",
    model=PublicHearing,
    name="Публичные слушания",
    add="Записать слушания",
    clause="показатель 7",
    about="Какие слушания прошли и использовали ли платформу обратной связи.",
    head="title",
    columns=("held_on", "settlement", "with_pos", "participants"),
    groups=(("", ("held_on", "title", "settlement", "with_pos", "url", "participants", "result")),),
    filters=("with_pos", "settlement"),
    search=("title", "result"),
    key=("held_on", "title"),
    days=("held_on",),
    helps={"url": _LINK},
    facts=("held_on",),
    titles={"held_on": "День слушаний"},
)

ROADMAPS: Final = Register(
    code="roadmaps",
    model=RoadmapMeasure,
    name="Дорожные карты",
    add="Записать мероприятие",
    clause="ОКТ Пол. 3.4; КОР 1.2 5), 3.2 3); показатель 5",
    about="Мероприятия, которые устраняют причины сообщений: по теме и территории. Карту блока утверждает его куратор.",
    head="measure",
    columns=("due_on", "roadmap", "block", "topic", "settlement", "done_on"),
    groups=(
        ("", ("roadmap", "block", "topic", "settlement")),
        ("Мероприятие", ("cause", "measure", "executor", "due_on")),
        ("Выполнение", ("done_on", "result")),
    ),
    filters=("block", "topic", "settlement"),
    search=("roadmap", "measure", "cause", "executor", "result"),
    key=("roadmap", "block", "topic", "settlement", "measure"),
    days=("due_on", "done_on"),
    facts=("done_on",),
    by_blocks=True,
    titles={"due_on": "Срок", "done_on": "День выполнения"},
    helps={
        "roadmap": "Название карты: у мероприятий одной карты оно одинаковое.",
        "settlement": "Пусто — для всего района.",
        "executor": "Должность или подразделение.",
    },
    attention=(
        Attention("overdue", "просрочены", lambda rows, today: rows.filter(done_on__isnull=True, due_on__lt=today)),
        Attention("waiting", "не утверждены", lambda rows, today: rows.filter(approved_on__isnull=True)),
    ),
    check=judging.measure_words,
    mark=judging.measure_mark,
)

PROPOSALS: Final = Register(
    code="proposals",
    model=Proposal,
    name="Предложения и решения",
    add="Записать предложение",
    clause="ОКТ Пол. 2.4.1, 2.4.5",
    about="Что предложили главе района, куратору и руководителю Центра, что они решили и что из этого вышло.",
    head="text",
    columns=("proposed_on", "addressed_to", "block", "decided_on", "due_on", "done_on"),
    groups=(
        ("Предложение", ("proposed_on", "proposed_by", "text", "addressed_to", "topic", "block")),
        ("Решение", ("decision", "decided_on", "decision_text", "protocol")),
        ("Исполнение", ("responsible", "due_on", "done_on", "result")),
    ),
    filters=("addressed_to", "decision", "block", "topic"),
    search=("text", "proposed_by", "decision_text", "protocol", "responsible", "result"),
    key=("proposed_on", "addressed_to", "text"),
    days=("proposed_on", "decided_on"),
    facts=("proposed_on", "decided_on", "done_on"),
    by_blocks=True,
    titles={
        "proposed_on": "День предложения",
        "decided_on": "День решения",
        "due_on": "Срок исполнения",
        "done_on": "День исполнения",
        "result": "Что сделано",
    },
    helps={
        "proposed_by": "Должность или подразделение.",
        "responsible": "Должность или подразделение.",
        "decision": "Пусто — решения ещё нет.",
    },
    attention=(
        Attention("waiting", "ждут решения", lambda rows, today: rows.filter(decision="")),
        Attention(
            "overdue",
            "просрочены",
            lambda rows, today: rows.filter(decision="accepted", done_on__isnull=True, due_on__lt=today),
        ),
    ),
    check=judging.proposal_words,
    mark=judging.proposal_mark,
)

CAMPAIGNS: Final = Register(
    code="campaigns",
    model=Campaign,
    name="Информационные кампании",
    add="Записать кампанию",
    clause="ОКТ Регл. 2.7",
    about="Разъяснения по темам, о которых много пишут; рядом — сколько сообщений было до и после.",
    head="title",
    columns=("starts_on", "ends_on", "topic", "channels"),
    groups=(("", ("title", "topic", "starts_on", "ends_on", "channels", "explanation")), ("Итог", ("result",))),
    filters=("topic",),
    search=("title", "channels", "explanation", "result"),
    key=("title", "topic", "starts_on"),
    days=("starts_on", "ends_on"),
    titles={"starts_on": "Начало", "ends_on": "Окончание", "channels": "Где разъясняли"},
    helps={"channels": "Социальные сети, газета, сход, объявления …"},
    public=("channels", "explanation"),
    attention=(Attention("running", "идут", lambda rows, today: rows.filter(starts_on__lte=today, ends_on__gte=today)),),
    check=lambda values: judging.after(values, "starts_on", "ends_on", "Кампания кончается раньше, чем начинается."),
    mark=judging.campaign_mark,
)

PRACTICES: Final = Register(
    code="practices",
    model=BestPractice,
    name="Лучшие практики",
    add="Записать практику",
    clause="КОР 1.2 е), 3.2 3)",
    about="Что работает лучше: эффект, производительность, качество решений и где это применили ещё.",
    head="title",
    columns=("found_on", "block", "topic", "spread_to"),
    groups=(
        ("", ("found_on", "title", "block", "topic", "description")),
        ("Что дала", ("effect", "productivity", "quality")),
        ("Распространение", ("spread_to",)),
    ),
    filters=("block", "topic"),
    search=("title", "description", "effect", "productivity", "quality", "spread_to"),
    key=("title", "found_on"),
    days=("found_on",),
    facts=("found_on",),
    by_blocks=True,
    titles={"found_on": "Когда выявлена"},
    attention=(Attention("unspread", "нигде больше не применены", lambda rows, today: rows.filter(spread_to="")),),
)

ASSESSMENTS: Final = Register(
    code="assessments",
    model=Assessment,
    name="Оценки ЦУР",
    add="Записать оценку",
    clause="ОКТ Регл. 1.3",
    about="Как ЦУР оценил работу Центра, какие дал замечания и что по ним сделано.",
    head="subject",
    columns=("assessed_on", "since", "until", "score", "scale", "document"),
    groups=(
        ("", ("assessed_on", "since", "until", "subject", "score", "scale", "document")),
        ("Замечания", ("remarks", "done")),
    ),
    search=("subject", "remarks", "done", "document"),
    key=("assessed_on", "subject", "since", "until"),
    days=("assessed_on",),
    facts=("assessed_on",),
    titles={"since": "За период с", "until": "За период по", "scale": "Наибольшая оценка"},
    helps={"scale": "Например: 5, 10 или 100."},
    attention=(Attention("open", "замечания без ответа", lambda rows, today: rows.filter(done="").exclude(remarks="")),),
    check=judging.assessment_words,
)

REGISTERS: Final = {
    one.code: one
    for one in (
        RISKS, PROPOSALS, ROADMAPS, CONSULTATIONS, CAMPAIGNS, PUBLICATIONS, DECISIONS, HEARINGS, PRACTICES, ASSESSMENTS,
    )
}  # fmt: skip
