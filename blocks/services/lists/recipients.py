"""Recipients as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from blocks.actors import Actor
from blocks.models import Block, Center, Recipient, Settlement
from blocks.policies import Verdict
from blocks.services.lists import work
from blocks.services.lists.columns import Choice, Column, Several, Values
from blocks.services.lists.names import ListWords, Names, changes, closing, first_words, free_code, is_closed, rows_of
from blocks.services.lists.work import Done
from mcu.cells import Line, YesNo
from mcu.errors import Invalid

KINDS: Final = {
    "administration_unit": "подразделение администрации",
    "institution": "учреждение",
    "settlement_administration": "администрация поселения",
    "organisation": "организация",
}
_OF_SETTLEMENT: Final = "settlement_administration"
_WORDS: Final = ListWords(
    found="это получатель с кодом {code}: узнан по названию",
    closed="закрыт",
    closing="новых сообщений он не получит, прежние останутся у него",
)


class Recipients:
    """Recipients by their codes, else by their names."""

    code: ClassVar[str] = "recipients"
    title: ClassVar[str] = "Получатели"
    about: ClassVar[str] = "подразделения, учреждения и организации, которые отвечают внутри блоков"
    has_log: ClassVar[bool] = True
    columns: ClassVar[Sequence[Column]] = (
        Column("code", "Код", Line(50), hint="по нему получатель узнаётся; у нового оставьте пустым", width=22),
        Column("name", "Название", Line(400), hint="полное", width=50, needed=True),
        Column("short", "Кратко", Line(120), width=30),
        Column("kind", "Вид", Choice(KINDS), hint=", ".join(KINDS.values()), width=28, needed=True),
        Column("blocks", "Блоки", Several(400), hint="через точку с запятой: названия или коды", width=40, needed=True),
        Column("settlement", "Населённый пункт", Line(400), hint="только для администрации поселения", width=24),
        Column("closed", "Закрыть", YesNo(), hint="да — закрыть, нет — открыть закрытого; иначе оставьте пустым", width=10),
    )

    def __init__(self, center: Center, actor: Actor, now: datetime) -> None:
        self.center, self.actor, self.now = center, actor, now
        self.blocks = Names(rows_of(Block, center))
        self.settlements = Names(rows_of(Settlement, center))
        found = Recipient.objects.filter(center=center).select_related("settlement").prefetch_related("blocks")
        self.known = list(found)
        self.lines = work.Lines()

    @classmethod
    def may(cls, actor: Actor) -> Verdict:
        """The head and the support."""
        return work.may_keep(actor)

    def rows(self) -> list[list[object]]:
        """Recipients in the order of the charter, the closed ones last."""
        return [
            [
                row.code,
                row.name,
                row.short,
                row.kind,
                [block.name for block in row.blocks.all()],
                row.settlement.name if row.settlement else "",
                is_closed(row),
            ]
            for row in sorted(self.known, key=lambda row: row.closed_at is not None)
        ]

    def put(self, row: Values) -> Done:
        """Add, change, close or open the recipient."""
        said = row.said
        names = Names(self.known)
        recipient = names.of_row(row.says("code"), said["name"])
        if recipient is not None:
            self.lines.once(recipient.pk, row.line)
            if recipient.closed_at is not None and row.says("closed"):
                return Done(work.SAME, recipient.name)  # it stays closed, whatever else has become of what it names
        blocks = [self.blocks.named(name, "Блоки") for name in said["blocks"]]
        wanted = row.only("name", "short", "kind", "settlement")
        if "settlement" in wanted:
            wanted["settlement"] = (
                self.settlements.named(said["settlement"], "Населённый пункт") if said["settlement"] else None
            )
        settlement = wanted.get("settlement", recipient and recipient.settlement)
        if said["kind"] == _OF_SETTLEMENT and settlement is None:
            told = "«Населённый пункт»: впишите, какого поселения эта администрация. Если не поселения — выберите другой вид."
            raise Invalid("", {"settlement": told})
        if recipient is None:
            return self._add(wanted, blocks, row)
        names.refuse_twin(recipient, said["name"])
        kind, close_words = closing(recipient, row.says("closed"), self.now, _WORDS)
        words = changes(recipient, wanted, self.columns)
        if {block.pk for block in recipient.blocks.all()} != {block.pk for block in blocks}:
            before = ", ".join(block.name for block in recipient.blocks.all())
            words = (*words, f"блоки: «{before}» → «{', '.join(block.name for block in blocks)}»")
            recipient.blocks.set(blocks)
        if not words and kind == work.SAME:
            return Done(work.SAME, recipient.name)
        recipient.made_by_id = self.actor.user_id
        recipient.save()
        found = () if row.says("code") else (_WORDS.found.format(code=recipient.code),)
        return Done(kind if kind != work.SAME else work.CHANGED, recipient.name, (*found, *close_words, *words))

    def _add(self, wanted: dict[str, Any], blocks: list[Block], row: Values) -> Done:
        if row.says("closed"):
            raise Invalid("", {"closed": "Такого получателя нет: закрывать нечего. Проверьте код и название."})
        recipient = Recipient(
            center=self.center,
            code=free_code("recipient", {row.code for row in self.known}),
            order=max((row.order for row in self.known), default=0) + 1,
            made_by_id=self.actor.user_id,
            **wanted,
        )
        recipient.save()
        recipient.blocks.set(blocks)
        self.known.append(recipient)
        self.lines.once(recipient.pk, row.line)
        shown = [column for column in self.columns if column.attribute in wanted]
        of_blocks = tuple(f"блок «{block.name}»" for block in blocks)
        return Done(work.ADDED, recipient.name, (*of_blocks, *first_words(recipient, shown)))
