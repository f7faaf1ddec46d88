"""Controls of our own say the same as Django's."""

import pytest
from django import forms
from django.test.html import parse_html

from mcu.widgets import LongSelect

CHOICES = [("", "—"), ("1", "Дороги <b>и</b> мосты"), (2, "ЖКХ"), ("Прочее «и»", [(3, "Связь"), (4, 'С "кавычками"')])]


@pytest.mark.parametrize("value", [None, "", "1", 2, "4", "нет такого"])
def test_a_long_select_is_written_as_djangos_own(value: object) -> None:
    attrs = {"id": "id_topic", "required": True, "aria-describedby": "id_topic_error"}
    ours = LongSelect(choices=CHOICES).render("topic", value, attrs)
    theirs = forms.Select(choices=CHOICES).render("topic", value, attrs)
    assert parse_html(ours) == parse_html(theirs)
