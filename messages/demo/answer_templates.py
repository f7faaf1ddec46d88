"""Answer templates of the demo: a dozen a Center, those that any Center would begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from blocks.models import Block, Center, Source
from messages.models import AnswerTemplate


@dataclass(frozen=True, slots=True)
class Text:
    """A template; a bound that a Center does not have leaves the template out there."""

    name: str
    text: str
    source: str = ""
    block: str = ""
    used: int = 0


_GREETING: Final = "Здравствуйте, {имя}!"

TEXTS: Final = (
    Text(
        "Сделано",
        f"{_GREETING}\nСообщаем, что работы по адресу {{адрес}} выполнены. Если что-то осталось не так, напишите нам: вернёмся "
        "и исправим. Спасибо, что сообщили.",
        used=14,
    ),
    Text(
        "Сделаем к сроку",
        f"{_GREETING}\nПо вашему вопросу («{{тема}}») работы запланированы по адресу {{адрес}} и будут выполнены до {{срок}}. "
        "Ответственный — {исполнитель}. О результате сообщим отдельно.",
        used=11,
    ),
    Text(
        "Нужно уточнить адрес",
        f"{_GREETING}\nЧтобы помочь, нам нужно знать точное место: улицу, номер дома или ориентир. Ответьте, пожалуйста, на "
        "это сообщение — ваш вопрос уже в работе под номером {номер}.",
        used=6,
    ),
    Text(
        "Вопрос другого органа",
        f"{_GREETING}\nВопрос «{{тема}}» не относится к полномочиям администрации района. Ваше сообщение {{номер}} передано "
        "по принадлежности; ответ даст орган, в который оно передано.",
        used=3,
    ),
    Text(
        "Ответ на обращение по 59-ФЗ",
        "Уважаемый(ая) {имя}!\n\nВаше обращение № {номер}, поступившее {дата}, рассмотрено.\n\n"
        "По существу вопроса сообщаем: …\n\n"
        "Если вы не согласны с ответом, вы вправе обжаловать его в соответствии со статьёй 5 Федерального закона "
        "от 02.05.2006 № 59-ФЗ.\n\nИсполнитель: {исполнитель}",
        source="fz59",
        used=8,
    ),
    Text(
        "Продление срока по 59-ФЗ",
        "Уважаемый(ая) {имя}!\n\nСрок рассмотрения вашего обращения № {номер} от {дата} продлён до {срок}, так как "
        "для ответа по существу нужны сведения других органов. Ответ будет направлен вам не позднее этого дня.",
        source="fz59",
        used=2,
    ),
    Text(
        "Комментарий в социальной сети",
        "Здравствуйте! Спасибо, что написали. Вопрос передан в работу, ответственный — {блок}. Вернёмся с ответом до {срок}.",
        source="im",
        used=17,
    ),
    Text(
        "Ответ на платформе обратной связи",
        "Здравствуйте!\nВаше сообщение {номер} рассмотрено. {блок}: …\nПросим оценить ответ на платформе.",
        source="pos",
        used=9,
    ),
    Text(
        "Уборка снега",
        f"{_GREETING}\nУборка снега по адресу {{адрес}} включена в ближайший выезд. Дороги к школам, больнице и остановкам "
        "чистят первыми, затем — остальные улицы. Работы будут выполнены до {срок}.",
        block="roads",
        used=12,
    ),
    Text(
        "Ямочный ремонт",
        f"{_GREETING}\nЯма по адресу {{адрес}} осмотрена. Ремонт внесён в план и будет сделан до {{срок}}; до ремонта "
        "выставим предупреждающий знак.",
        block="roads",
        used=5,
    ),
    Text(
        "Отопление и горячая вода",
        f"{_GREETING}\nПо адресу {{адрес}} проверены параметры теплоснабжения. Причина: … Подача восстановлена (будет "
        "восстановлена до {срок}). За время отключения плату пересчитает управляющая организация по заявлению.",
        block="housing",
        used=7,
    ),
    Text(
        "Вывоз мусора",
        f"{_GREETING}\nПо вашему сообщению региональный оператор вывез мусор по адресу {{адрес}}. График вывоза: …",
        block="waste",
        used=4,
    ),
    Text(
        "Место в детском саду",
        f"{_GREETING}\nВопрос о месте рассмотрен. Очередь и направление в детский сад видны в личном кабинете на портале "
        "государственных услуг; ваш номер очереди: …",
        block="education",
        used=4,
    ),
    Text(
        "Дороги и подъезды к сёлам",
        f"{_GREETING}\nСостояние дороги по адресу {{адрес}} проверено. Работы поручены подрядчику, срок — до {{срок}}.",
        block="economy",
        used=6,
    ),
    Text(
        "Земля и имущество",
        f"{_GREETING}\nПо вопросу о земельном участке ({{адрес}}) сообщаем: … Для оформления подайте заявление через МФЦ; "
        "перечень документов: …",
        block="property",
        used=3,
    ),
    Text(
        "Меры поддержки",
        f"{_GREETING}\nСообщаем, какие меры поддержки вам положены и как их получить: … Подать заявление можно на портале "
        "государственных услуг или в МФЦ.",
        block="social",
        used=3,
    ),
)


def load_templates(*, center: Center, now: datetime) -> None:
    """Put the templates in. Two reads and one statement."""
    blocks = {row.code: row for row in Block.objects.filter(center=center)}
    sources = {row.code: row for row in Source.objects.filter(center=center)}
    AnswerTemplate.objects.bulk_create(
        AnswerTemplate(
            center=center,
            name=one.name,
            text=one.text,
            source=sources.get(one.source),
            block=blocks.get(one.block),
            created_at=now,
            changed_at=now,
            used=one.used,
            used_at=now,
        )
        for one in TEXTS
        if (not one.source or one.source in sources) and (not one.block or one.block in blocks)
    )
