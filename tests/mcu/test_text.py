"""What nobody can see is no text, and what the system refuses is said in Russian."""

import errno

import pytest

from mcu.text import clean_text, ended, system_words


@pytest.mark.parametrize(
    "value",
    [
        "",
        " \t\n",
        "\u200b",
        "\u00a0\u2028\u3000",
        "\ufeff\u200d\u2060\u00ad",
        "\x00\x01\x1f\x7f\x85\x9f",
        "\u0301",
        "\u2800\u3164",
    ],
)
def test_what_can_not_be_seen_is_empty(value: str) -> None:
    assert clean_text(value) == ""


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("  Ямы\x00 на\x01 дороге \n", "Ямы на дороге"),
        ("а\r\nб\rв\tг", "а\nб\nв\tг"),
        ("й из двух знаков: и\u0306", "й из двух знаков: и\u0306"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("!", "!"),
    ],
)
def test_what_can_be_seen_stays(value: str, kept: str) -> None:
    assert clean_text(value) == kept


def test_the_systems_refusals_are_in_russian() -> None:
    assert system_words(OSError(errno.ENOENT, "No such file or directory")) == "такого файла или папки нет"
    assert system_words(OSError(errno.EXDEV, "Cross-device link")) == "Cross-device link"


def test_a_sentence_ends_with_one_dot() -> None:
    assert ended("Роль добавлена: Северцев Игорь") == "Роль добавлена: Северцев Игорь."
    assert ended("Дежурство записано: Северцев И. В.") == "Дежурство записано: Северцев И. В."
