"""The form of «Уведомления: настройка»: a table of groups and ways, quiet hours, the digest."""

from __future__ import annotations

from datetime import time
from typing import Any, Final

from django import forms

from blocks.forms import MISSING, ServiceForm
from blocks.services.notices import Wishes
from mcu.models import NoticeSettings
from mcu.outbox import GROUPS, Group, Way

CLOCK: Final = "Укажите время в виде 20:00."
QUIET: Final = (time(20), time(8))


class Clock(forms.TimeField):
    """A time of the Center's day."""

    def __init__(self, **options: Any) -> None:
        self.either = not options.get("required", True)  # asked for only with something else: no «необязательно»
        super().__init__(
            widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            error_messages={"required": MISSING, "invalid": CLOCK},
            **options,
        )


class WishesForm(ServiceForm):
    """What was chosen before stands in it, else the defaults."""

    quiet = forms.BooleanField(label="Тихие часы", required=False, help_text="Почта и устройства ждут их конца.")
    quiet_from = Clock(label="С", required=False)
    quiet_until = Clock(label="До", required=False)
    quiet_days_off = forms.BooleanField(
        label="И весь день в выходные и праздники",
        required=False,
        help_text="По производственному календарю, с переносами.",
    )
    digest = forms.BooleanField(
        label="Присылать сводку дня",
        required=False,
        help_text="В рабочие дни: что вас ждёт, что истекает сегодня, что просрочено. Если ничего нет, сводки не будет.",
    )
    digest_at = forms.TypedChoiceField(
        label="Час сводки",
        choices=[(f"{hour:02}:00", f"{hour}:00") for hour in range(6, 20)],
        coerce=time.fromisoformat,
    )

    def __init__(self, *args: Any, chosen: NoticeSettings | None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(chosen), **kwargs)
        self.chosen = chosen
        self.fields["digest_at"].error_messages["invalid_choice"] = "Выберите час из списка."

    def rows(self) -> list[dict[str, Any]]:
        """The table: each group with its ways, checked as typed, else as chosen, else as by default."""
        return [{"group": group, "ways": {str(way): way in self._ways(group) for way in Way}} for group in GROUPS]

    def wishes(self) -> Wishes:
        """What was chosen, as the service takes it."""
        given = self.cleaned_data
        return Wishes(
            ways={group.code: self._ways(group) for group in GROUPS},
            quiet=(given["quiet_from"], given["quiet_until"]) if given["quiet"] else None,
            quiet_days_off=given["quiet_days_off"],
            digest=given["digest"],
            digest_at=given["digest_at"],
        )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for name in ("quiet_from", "quiet_until"):
            if given.get("quiet") and not given.get(name) and name not in self.errors:
                self.add_error(name, MISSING)
        return given

    def _ways(self, group: Group) -> frozenset[Way]:
        if self.is_bound:
            return frozenset(way for way in Way if f"{group.code}:{way}" in self.data)
        chosen = self.chosen.ways.get(group.code) if self.chosen else None
        return group.ways if chosen is None else frozenset(way for way in Way if way in chosen)


def _initial(chosen: NoticeSettings | None) -> dict[str, Any]:
    if chosen is None:
        return {"quiet_from": QUIET[0], "quiet_until": QUIET[1], "digest": True, "digest_at": "09:00"}
    start, end = chosen.quiet_from, chosen.quiet_until
    return {
        "quiet": start is not None,
        "quiet_from": start or QUIET[0],
        "quiet_until": end or QUIET[1],
        "quiet_days_off": chosen.quiet_days_off,
        "digest": chosen.digest,
        "digest_at": f"{chosen.digest_at:%H:%M}",
    }
