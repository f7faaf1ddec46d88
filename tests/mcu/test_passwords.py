"""Rules of passwords speak the product's own words."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from mcu.models import User


def test_every_rule_is_said_shortly() -> None:
    assert password_validators_help_texts() == [
        "Не похож на логин, имя или почту.",
        "Не короче 10\u00a0знаков.",
        "Не из самых известных, которые подбирают первыми.",
        "Не из одних цифр.",
    ]


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("короткий", "Пароль слишком короткий: нужно не меньше 10\u00a0знаков."),
        ("tester.roads", "Пароль слишком похож на логин, имя или почту."),
        ("qwertyuiop", "Этот пароль слишком известен: его подбирают первым."),
        ("4817205936", "Пароль из одних цифр: добавьте буквы или знаки."),
    ],
)
def test_a_refused_password_is_explained(password: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, User(username="tester.roads", full_name="Проверкин Роман Тестович"))
    assert words in refused.value.messages
