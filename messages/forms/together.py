"""Forms of what people do about a case together, and of the applicant's word about the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from mcu.uploads import ACCEPT, WORDS
from messages.forms.steps import Lines
from messages.models import Attachment, Message

_STARS = {5: "5 — отлично", 4: "4 — хорошо", 3: "3 — не всё решено", 2: "2 — плохо", 1: "1 — вопрос не решён"}


class CommentForm(forms.Form):
    text = forms.CharField(
        label="Комментарий для коллег",
        widget=forms.Textarea(attrs={"rows": 3, "data-mentions": "people-names"}),
        max_length=5000,
        error_messages={"required": "Напишите комментарий."},
        help_text="Служебное: заявителю не отправляется. Знак @ и фамилия — и человек получит уведомление.",
    )


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files at once."""

    widget = _Files(attrs={"multiple": True, "accept": ACCEPT})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given]


class FilesForm(forms.Form):
    kind = forms.ChoiceField(
        label="К чему относится", widget=forms.RadioSelect, error_messages={"required": "Выберите, к чему относится файл."}
    )
    upload = FilesField(
        label="Выберите файлы",
        max_length=500,
        error_messages={
            "required": "Выберите файл.",
            "missing": "Выберите файл.",
            "empty": "Файл пустой: выберите другой.",
            "invalid": "Файл не дошёл: выберите его ещё раз.",
        },
        help_text=f"До 20 МБ каждый: {WORDS}.",
    )

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_files_%s", **kwargs})
        field = self.fields["kind"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(kind, Attachment.Kind(kind).label) for kind in kinds]
        if len(kinds) == 1:
            self.initial["kind"] = kinds[0]


class AskForm(forms.Form):
    """One question to one block or to several; another question is another form."""

    blocks = forms.MultipleChoiceField(
        label="У каких блоков", widget=forms.CheckboxSelectMultiple, error_messages={"required": "Отметьте блок."}
    )
    question = forms.CharField(
        label="Вопрос",
        widget=Lines(),
        max_length=5000,
        error_messages={"required": "Напишите, на какой вопрос должен ответить блок."},
    )
    due_at = forms.CharField(
        label="Ответить до",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        required=False,
    )

    def __init__(self, *args: Any, message: Message, blocks: Sequence[tuple[int, str]], due: datetime, **kwargs: Any) -> None:
        self.tz = message.center.tz
        initial = {"due_at": f"{due.astimezone(self.tz):%Y-%m-%dT%H:%M}"}
        super().__init__(*args, **{"auto_id": "id_ask_%s", "initial": initial, **kwargs})
        field = self.fields["blocks"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(pk, name) for pk, name in blocks if pk != message.block_id]

    def clean_due_at(self) -> datetime | None:
        """Local time of the Center as the browser's field gives it."""
        value = self.cleaned_data["due_at"]
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise forms.ValidationError("Дата и время не разобраны. Пример: 21.11.2026 14:30.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=self.tz)


class GiveForm(forms.Form):
    text = forms.CharField(
        label="Часть ответа",
        widget=Lines(6),
        max_length=5000,
        error_messages={"required": "Напишите часть ответа: пустая не передаётся."},
    )


class DeclinePartForm(forms.Form):
    reason = forms.CharField(
        label="Почему не ваш вопрос",
        widget=Lines(2),
        max_length=5000,
        help_text="И кто, по-вашему, мог бы ответить.",
        error_messages={"required": "Напишите, почему блок не даёт эту часть."},
    )


class ScoreForm(forms.Form):
    """What the applicant says of the answer."""

    score = forms.TypedChoiceField(
        label="Оценка",
        choices=list(_STARS.items()),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Поставьте оценку от 1 до 5.", "invalid_choice": "Поставьте оценку от 1 до 5."},
    )
    text = forms.CharField(
        label="Пояснение",
        widget=Lines(),
        required=False,
        max_length=2000,
        error_messages={"max_length": "Не длиннее 2000 знаков."},
    )


class KeepForm(forms.Form):
    reason = forms.CharField(
        label="Почему оставляем как есть",
        widget=Lines(2),
        max_length=5000,
        error_messages={"required": "Напишите, почему ответ оставлен как есть."},
    )
