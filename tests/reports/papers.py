"""Reports for the tests of their renderers: a rich one with every kind of part and value, and one with nothing in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from reports.paper import (
    Cases,
    Cell,
    Chart,
    Column,
    Figure,
    Figures,
    Form,
    Heading,
    Paper,
    Prose,
    Section,
    Signature,
    Table,
)

HOSTILE: Final = '=cmd|"/c calc"!A1 #panic("x") #read("/etc/passwd") $x$ *b* _i_ <b> \\ {{ x }} @SUM(A1) & &P'
STARTERS: Final = ("=1+1", "+1", "-1", "@SUM(A1)", "\tтаб", "\rвозврат")
LONG: Final = "Ненадлежащее содержание внутрипоселковых автомобильных дорог общего пользования в зимний период"
LONG_WORD: Final = "Жилищно" + "коммунально" * 5
MADE_AT: Final = datetime(2026, 11, 23, 2, tzinfo=UTC)
PAIR: Final = (Column("Неделя", Form.COUNT), Column("Раньше", Form.COUNT), Column("Изменение", Form.CHANGE))


def heading(title: str = "Проблематор") -> Heading:
    return Heading(
        center="Муниципальный центр управления Октябрьского района",
        title=title,
        period="16–22 ноября 2026 года",
        code="2026-W47",
        made="Черновик. Составлен 23.11.2026 в 07:00",
        note="Поступления и ответы — за неделю; «в работе» и «просрочено» — на 23.11.2026 в 00:00",
        made_at=MADE_AT,
        to="Главе Октябрьского района",
        curator="Е. Н. Хромова",
        letterhead=("628100, пгт. Октябрьское, ул. Калинина, 39", "тел. (34678) 2-00-00"),
    )


def count(value: float | None, figure: str = "received", **by: str) -> Cell:
    return Cell(value, Form.COUNT, Cases(figure, tuple(by.items())))


def pair(now: int, before: int, figure: str = "received", **by: str) -> tuple[Cell, Cell, Cell]:
    return count(now, figure, **by), Cell(before, Form.COUNT), Cell(now - before, Form.CHANGE)


def rich() -> Paper:
    """Every form, every part, every chart; hostile and long words; empty tables."""
    return Paper(
        heading(),
        (_totals(), _topics(), _work(), _places(), _words(), _series(), _overdue(), _wide(), _empty()),
        Signature("Руководитель Муниципального центра управления", "А. Б. Константинопольский", "23.11.2026"),
        ("Исправленная версия 2: уточнены сроки ответов по дорогам.",),
    )


def empty() -> Paper:
    """A report without anything in it."""
    return Paper(heading("Аналитическая записка"), (Section("Ничего", ()), _empty()))


def _totals() -> Section:
    leading = (
        Figure("Поступило", count(1234), Cell(17, Form.CHANGE, note="за неделю")),
        Figure("Отвечено", count(1187, "answered"), Cell(-5, Form.CHANGE, note="за неделю")),
        Figure("В срок", Cell(0.5555, Form.SHARE), Cell(-0.44, Form.POINTS, tone="bad", note="за неделю")),
        Figure("В работе", count(213, "open"), Cell(0, Form.CHANGE, note="за неделю")),
        Figure("Просрочено", count(31, "overdue"), Cell(-9, Form.CHANGE, tone="good", note="за неделю")),
    )
    second = (
        Figure("С опозданием", count(12, "late"), Cell(2, Form.CHANGE, tone="bad")),
        Figure("Переадресовано по компетенции", count(7, "redirected"), Cell(None, Form.CHANGE)),
        Figure("Среднее время до ответа", Cell(187_260.0, Form.DURATION), Cell(205_000, Form.DURATION), "раньше"),
        Figure("Удовлетворённость", Cell(4.25, Form.TENTHS), None, "из 5"),
        Figure("Доля отвеченных без срока", Cell(None, Form.SHARE)),
        Figure("Последняя публикация", Cell("2026-11-20", Form.DAY)),
        Figure("Больше всего сообщений", Cell("Талинка")),
        Figure("Возвращено в работу", count(3, "reopened"), Cell(3, Form.CHANGE)),
        Figure("Полнота ответов", Cell(0.8765, Form.PERCENT), Cell(-0.0123, Form.TENTHS_OF_POINTS)),
    )
    return Section("Итоги", (Figures(leading, leading=True), Figures(second)), code="totals")


def _topics() -> Section:
    names = ("Уборка снега", HOSTILE, LONG, *STARTERS, *(f"Тема {number}" for number in range(10, 61)))
    rows = tuple(
        (Cell(name, note="Дороги" if place == 0 else ""), *pair(120 - 2 * place, 100 - place, topic=str(place + 1)))
        for place, name in enumerate(names)
    )
    topics = Table(
        "Темы",
        (Column("Тема", width=48), *PAIR),
        rows,
        shown=10,
        more="тема,темы,тем",
        note="Темы — по классификатору Центра.",
        bar=1,
        tick=2,
        chart=Chart("bars", "Темы: больше всего сообщений", (1, 2), rows=8),
    )
    regimes = (("Обращения по 59-ФЗ", 12, 9), ("Сообщения", 1222, 1208))
    return Section(
        "Темы",
        (
            topics,
            _days(),
            Table(
                "Правовой режим",
                (Column("Режим", width=28), *PAIR[:2]),
                tuple((Cell(name), *pair(now, before)[:2]) for name, now, before in regimes),
                narrow=True,
            ),
        ),
    )


def _work() -> Section:
    titles = ("Поступило", "Отвечено", "В срок", "Позже", "В работе", "Просрочено")
    names = ("Инцидент Менеджмент", "Платформа обратной связи", "Обращения по 59-ФЗ", "Портал Центра", LONG_WORD)
    rows = tuple(
        (
            Cell(name),
            *(count(1000 // (place + 1) + 7 * number, "answered", source=str(place)) for number in range(5)),
            Cell(place * 3, Form.COUNT, Cases("overdue"), tone="bad" if place else ""),
            Cell(0.9 - place / 10 if place else None, Form.SHARE),
            Cell(3600.0 * (30 + place * 11), Form.DURATION),
        )
        for place, name in enumerate(names)
    )
    columns = (
        Column("Источник", width=32),
        *(Column(title, Form.COUNT) for title in titles),
        Column("Доля в срок", Form.SHARE),
        Column("Среднее время", Form.DURATION, 14),
    )
    return Section("Источники", (Table("Источники", columns, rows),))


def _places() -> Section:
    rows = tuple((Cell(f"пгт. Посёлок {place}"), *pair(60 - place, 50, settlement=str(place))) for place in range(60))
    return Section(
        "Территории",
        (Table("Территории", (Column("Населённый пункт", width=30), *PAIR), rows, bar=1, tick=2, sheet="Территории"),),
        note="Населённый пункт — по месту проблемы.",
    )


def _words() -> Section:
    return Section(
        "Причины и предложения",
        (
            Prose(
                "Причины",
                (f"Снегопад 17–19 ноября. {LONG}: техника вышла с опозданием на сутки.", HOSTILE),
                by="А. С. Дорожный, куратор блока «Дороги»",
                place="causes",
            ),
            Prose("Предложения", (), place="proposals", empty="Предложений нет."),
            Prose("Риски", (), place="risks"),
        ),
    )


def _series() -> Section:
    months = ("Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь")
    shares = tuple(
        (Cell(month), Cell(0.6 + place / 40 if place != 4 else None, Form.SHARE), Cell(0.85, Form.SHARE))
        for place, month in enumerate(months)
    )
    parts = tuple(
        (Cell(f"Неделя {week}"), *(Cell(20 + (week * step) % 17, Form.COUNT) for step in (3, 5, 7))) for week in range(40, 48)
    )
    marks = (
        ("Доля ответов в срок", 0.91, 0.85, Form.SHARE),
        ("Публикаций", 14, 12, Form.COUNT),
        ("Оценка", 4.4, 4.0, Form.TENTHS),
    )
    return Section(
        "Показатели",
        (
            Table(
                "Доля ответов в срок",
                (Column("Месяц", width=14), Column("Факт", Form.SHARE), Column("План", Form.SHARE)),
                shares,
                chart=Chart("lines", "Доля ответов в срок по месяцам", (1,), plan=2),
            ),
            Table(
                "Недели",
                (
                    Column("Неделя", width=14),
                    Column("ЖКХ", Form.COUNT),
                    Column("Дороги", Form.COUNT),
                    Column("Иное", Form.COUNT),
                ),
                parts,
                chart=Chart("stacked", "Сообщения по неделям и блокам", (1, 2, 3)),
            ),
            Table(
                "Выполнение",
                (
                    Column("Показатель", width=30),
                    Column("Факт", Form.TENTHS),
                    Column("План", Form.TENTHS),
                    Column("На", Form.DAY),
                ),
                tuple(
                    (Cell(name), Cell(fact, form), Cell(plan, form), Cell("2026-11-30", Form.DAY))
                    for name, fact, plan, form in marks
                ),
            ),
        ),
    )


def _overdue(count: int = 60) -> Section:
    columns = (
        Column("Номер", width=18, private=True),
        Column("Тема", width=40),
        Column("Блок", width=24),
        Column("Ответственный", width=22, private=True),
        Column("Срок", width=40),
        Column("Просрочено на", Form.DURATION, 16),
    )
    rows = tuple(
        (
            Cell(f"ОКТ-2026-{place:06}", cases=Cases("", case=f"ОКТ-2026-{place:06}"), private=True),
            Cell("Уборка снега", note="Инцидент Менеджмент"),
            Cell("Дороги и транспорт"),
            Cell("А. С. Дорожный"),
            Cell("до 19.11.2026 12:30", note="Регл. 2.5"),
            Cell(3600.0 * place + 10, Form.DURATION, tone="bad"),
        )
        for place in range(1, count + 1)
    )
    return Section("Просрочено", (Table("Просрочено", columns, rows, shown=20, more="дело,дела,дел"),))


def _wide() -> Section:
    columns = (
        Column("Получатель: субсидируемая организация", width=40),
        *(Column(f"Показатель {n}", Form.COUNT) for n in range(1, 15)),
    )
    rows = tuple(
        (Cell(f"МБУ «Центр {place}»"), *(Cell(1000 * place + n, Form.COUNT) for n in range(14))) for place in range(1, 31)
    )
    return Section("Рейтинг", (Table("Рейтинг: все [показатели] / получатели * района?", columns, rows),))


def _empty() -> Section:
    return Section(
        "Пусто",
        (
            Table(
                "Резкий рост", (Column("Тема"), *PAIR), (), empty="Резкого роста нет.", chart=Chart("bars", "Рост", (1,)), bar=1
            ),
            Figures(()),
        ),
    )


def one_table(words: str) -> Paper:
    """A report of one row that says these words."""
    columns = (Column("Тема"), Column("Неделя", Form.COUNT))
    table = Table(words, columns, ((Cell(words), Cell(1, Form.COUNT)),), chart=Chart("columns", words, (1,)))
    return Paper(heading(words), (Section(words, (table, Prose(words, (words,), by=words))),), Signature(words, words))


def same_titles() -> Paper:
    """Tables whose names are no names of sheets: alike, empty, too long, like Excel's own."""
    titles = ("Темы", "темы", "", "Сводка", "History", "'", "/" * 40, LONG, LONG)
    tables = tuple(Table(title, (Column("Тема"),), ((Cell("а"),),)) for title in titles)
    return Paper(heading(), (Section("Темы", tables),))


def private_chart() -> Paper:
    """Charts of tables with columns that an observer does not see."""
    columns = (Column("Сотрудник", private=True), Column("Блок"), Column("Дел", Form.COUNT), Column("Раньше", Form.COUNT))
    hidden = (*columns[:3], Column("Раньше", Form.COUNT, private=True))
    row = (Cell("А. С. Дорожный"), Cell("Дороги"), Cell(3, Form.COUNT), Cell(2, Form.COUNT))
    return Paper(
        heading(),
        (
            Section("Люди", (Table("По людям", columns, (row,), chart=Chart("bars", "По людям", (2, 3))),)),
            Section("Блоки", (Table("Блоки", hidden, (row,), chart=Chart("bars", "Блоки", (2,), names=1), bar=2, tick=3),)),
        ),
    )


def week() -> Paper:
    """A problemator of a usual week of a usual district."""
    topics = (
        "Уборка снега и наледи на дорогах",
        "Отопление: низкая температура",
        "Вывоз мусора",
        "Освещение улиц",
        "Водоснабжение",
    )
    places = (
        "Октябрьское",
        "Приобье",
        "Талинка",
        "Андра",
        "Сергино",
        "Унъюган",
        "Каменное",
        "Шеркалы",
        "Малый Атлым",
        "Перегрёбное",
    )
    states = (
        "Поступило",
        "Передано в блок",
        "Готовится ответ",
        "На согласовании у куратора блока",
        "Согласовано, ждёт отправки",
    )
    sources = ("Инцидент Менеджмент", "Платформа обратной связи", "Обращения по 59-ФЗ", "Портал Центра", "Телефон")
    blocks = ("ЖКХ и энергетика", "Дороги и транспорт", "Социальная сфера", "Имущество и земля", "Благоустройство", "Иное")
    spikes = Table(
        "Резкий рост",
        (Column("Тема", width=40), Column("Населённый пункт", width=24), *PAIR[:2], Column("Рост", Form.SHARE)),
        ((Cell(topics[0]), Cell("Талинка"), count(24), Cell(8, Form.COUNT), Cell(2.0, Form.SHARE, tone="bad")),),
    )
    return Paper(
        heading(),
        (
            Section("", _totals().parts),
            Section("", (spikes,)),
            Section("", (_ranked("Темы", "Тема", topics * 2, 1), _days())),
            Section("", (_counts("Правовой режим", ("59-ФЗ", "Сообщения")), _counts("В работе по состояниям", states))),
            Section("", (_work_of("Источники", "Источник", sources), _work_of("Отраслевые блоки", "Блок", blocks))),
            Section("", (_ranked("Территории", "Населённый пункт", places, 2),)),
            Section("", (Prose("Причины и предложения", (LONG + ".",) * 3, by="А. С. Дорожный", place="causes"),)),
            _overdue(8),
        ),
        Signature("Руководитель Центра", "А. Б. Константинопольский"),
    )


def _ranked(title: str, name: str, names: tuple[str, ...], step: int) -> Table:
    rows = tuple((Cell(one), *pair(60 - step * place, 50)) for place, one in enumerate(names))
    return Table(title, (Column(name, width=40), *PAIR), rows, bar=1, tick=2, narrow=True)


def _days() -> Table:
    days = tuple((Cell(f"2026-11-{16 + day}", Form.DAY), *pair(40 + 7 * day, 55 - 3 * day)[:2]) for day in range(7))
    chart, note = Chart("columns", "Поступило по дням", (1, 2)), "Черта — тот же день неделей раньше."
    return Table("Поступило по дням", (Column("День", Form.DAY), *PAIR[:2]), days, chart=chart, note=note, narrow=True)


def _counts(title: str, names: tuple[str, ...]) -> Table:
    rows = tuple((Cell(name), *pair(12 + place, 9)[:2]) for place, name in enumerate(names))
    return Table(title, (Column("Состояние", width=28), *PAIR[:2]), rows, narrow=True)


def _work_of(title: str, name: str, names: tuple[str, ...]) -> Table:
    titles = ("Поступило", "Отвечено", "В срок", "Позже", "В работе", "Просрочено")
    rows = tuple((Cell(one), *(count(90 // (place + 1) + n) for n in range(6))) for place, one in enumerate(names))
    return Table(title, (Column(name, width=32), *(Column(one, Form.COUNT) for one in titles)), rows)
