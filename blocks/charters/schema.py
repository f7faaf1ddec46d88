"""What a charter may say: the tables of a charter file and the types of their keys."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from blocks.charters.base import Clause, Code, Name, Regime, RoleCode, Share, Short, Step, Table
from blocks.charters.settings_schema import Settings


class Decree(Table):
    """The act that created the Center; number and date may be blank in the document itself."""

    title: Name
    date: str = ""
    number: str = ""
    issuer: Name

    @property
    def reference(self) -> str:
        """How the act is cited: issuer, date and number where the document has them, title."""
        dated = " ".join(part for part in (self.date and f"от {self.date}", self.number and f"№ {self.number}") if part)
        return " ".join(part for part in ("постановление", self.issuer, dated, f"«{self.title}»") if part)


class CenterFacts(Table):
    """Who the Center is. `timezone` is ours where the decree is silent."""

    slug: Code
    prefix: Annotated[str, Field(pattern=r"^[А-ЯЁ]{2,6}$")]
    name: Name
    short: Short
    district: Name
    region: Name
    timezone: Name
    form: Name
    partner: Name
    decree: Decree


class Role(Table):
    """A role of the software under the decree's own title; `source` or `block` narrows it to one."""

    code: RoleCode
    title: Name
    post: str = ""
    clause: Clause = ""
    source: Code | None = None
    block: Code | None = None
    from_decree: bool = True
    totp_required: bool = False

    @property
    def row_code(self) -> str:
        """The code of the title among the Center's titles: `source_curator_pos`."""
        return "_".join(part for part in (self.code, self.source, self.block) if part)


class Topic(Table):
    """A topic of a block; `classifier` is a code of the all-Russian classifier of appeals."""

    code: Code
    name: Name
    classifier: Annotated[str, Field(pattern=r"^(\d{4}(\.\d{4}){0,4})?$")] = ""
    keywords: list[Short] = Field(default_factory=list)
    fast_track: bool = False


class Block(Table):
    """A sector block with its topics; a territorial one belongs to a settlement instead."""

    code: Code
    name: Name
    short: Short
    territorial: bool = False
    settlement: Code | None = None
    topics: list[Topic] = Field(default_factory=list)


class Settlement(Table):
    """A populated place; `parent` is its municipality, coordinates are degrees of WGS 84."""

    code: Code
    name: Name
    type: Literal["г.", "пгт", "п.", "с.", "д.", "х."]
    parent: str = ""
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class Geography(Table):
    """The territory of the Center."""

    settlements: Annotated[list[Settlement], Field(min_length=1)]


class Recipient(Table):
    """A body or organisation that answers («ответственный получатель»)."""

    code: Code
    name: Name
    short: Annotated[str, Field(max_length=120)] = ""
    kind: Literal["administration_unit", "institution", "settlement_administration", "organisation"]
    blocks: Annotated[list[Code], Field(min_length=1)]
    settlement: Code | None = None


class Source(Table):
    """A channel: who agrees an answer, in what order, and who sends it."""

    code: Code
    name: Name
    short: Short
    family: Literal["fz59", "social", "pos", "other"]
    regime: Regime = "message"
    approval: Annotated[list[Literal["block_curator", "head"]], Field(min_length=1)]
    publisher: Literal["source_curator", "accounts", "block_responsible"]
    clause: Clause = ""


class Deadline(Table):
    """A term. Matched by regime first, then source, fast-track and topic; unset means any.

    The unit says the clock: `hours` and `calendar_days` run always, the `working_` ones only in
    working time. An `internal` term never decides whether an answer is in time. Empty
    `warn_shares` and `ladder` mean the charter's defaults, but shares stay empty where `warn_before` (minutes left) is
    named. `pauses`: a question to the applicant stops the clock.
    """

    code: Code
    kind: Literal["register", "redirect", "agree", "approve", "publish", "answer", "interim"]
    title: Name
    clause: Clause = ""
    basis: Literal["decree", "law", "default"]
    internal: bool = False
    regime: Regime | None = None
    source: Code | None = None
    fast_track: bool | None = None
    topic: Code | None = None
    starts_on: Literal["received", "registered", "handed_over", "agreed", "approved"]
    amount: Annotated[int, Field(gt=0)]
    unit: Literal["hours", "working_hours", "calendar_days", "working_days"]
    day_count: Literal["from_next_day", "inclusive"] = "from_next_day"
    on_day_off: Literal["as_is", "previous_working_day", "next_working_day"] = "as_is"
    warn_shares: list[Share] = Field(default_factory=list)
    warn_before: list[Annotated[int, Field(gt=0)]] = Field(default_factory=list)
    ladder: list[Step] = Field(default_factory=list)
    pauses: bool = False


class Indicator(Table):
    """A target indicator with its yearly plan; the software calculates it by its code."""

    number: Annotated[int, Field(gt=0)]
    code: Code
    name: Name
    unit: Literal["percent"]
    formula: Name
    targets: dict[Annotated[str, Field(pattern=r"^20\d\d$")], Annotated[int, Field(ge=0, le=100)]]
    note: str = ""


class Indicators(Table):
    """The plan of indicators over a run of years; an empty list where the decree has none."""

    first_year: int
    last_year: int
    rows: list[Indicator] = Field(default_factory=list)


class Report(Table):
    """A duty to report: its author and whom it goes to, as roles of the software."""

    code: Code
    name: Name
    period: Literal["weekly", "monthly", "on_request", "not_stated"]
    author: RoleCode
    to: list[RoleCode] = Field(default_factory=list)
    clause: Clause = ""


class Ground(Table):
    """A legal ground for leaving a case without an answer."""

    code: Code
    name: Name
    clause: Name
    regimes: Annotated[list[Regime], Field(min_length=1)] = Field(default=["appeal"])


class Outcome(Table):
    """How an answered case may be closed."""

    code: Code
    name: Name
    solved: bool | None = None


class Note(Table):
    """An oddity of the documents or a decision that somebody must confirm."""

    clause: Name
    text: Name
    needs_confirmation: bool = False


class Charter(Table):
    """Everything that differs from Center to Center."""

    edition: date
    center: CenterFacts
    roles: Annotated[list[Role], Field(min_length=1)]
    blocks: Annotated[list[Block], Field(min_length=1)]
    geography: Geography
    recipients: Annotated[list[Recipient], Field(min_length=1)]
    sources: Annotated[list[Source], Field(min_length=1)]
    deadlines: Annotated[list[Deadline], Field(min_length=1)]
    indicators: Indicators | None = None
    reports: list[Report] = Field(default_factory=list)
    grounds: Annotated[list[Ground], Field(min_length=1)]
    outcomes: Annotated[list[Outcome], Field(min_length=1)]
    settings: Settings
    notes: list[Note] = Field(default_factory=list)

    def steps_of(self, rule: Deadline) -> list[Step]:
        """The rule's own ladder, else the charter's default for its unit."""
        if rule.ladder:
            return rule.ladder
        ladder = self.settings.ladder
        return ladder.hours if rule.unit in ("hours", "working_hours") else ladder.days

    def warn_shares_of(self, rule: Deadline) -> list[float]:
        """The shares of the term gone at which people are warned, between 0 and 1."""
        return rule.warn_shares or ([] if rule.warn_before else self.settings.warn_shares)

    def topics(self) -> list[tuple[Block, Topic]]:
        """All topics, each with its block, in the order of the file."""
        return [(block, topic) for block in self.blocks for topic in block.topics]
