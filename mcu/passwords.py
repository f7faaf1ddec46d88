"""The rules of passwords: Django's, in the words of this product."""

from __future__ import annotations

from django.contrib.auth import password_validation as rules

from mcu.templatetags.mcu_ui import words


class NotLikePerson(rules.UserAttributeSimilarityValidator):
    """Not one's own login or address."""

    def get_error_message(self) -> str:
        return "Пароль слишком похож на логин, имя или почту."

    def get_help_text(self) -> str:
        return "Не похож на логин, имя или почту."


class LongEnough(rules.MinimumLengthValidator):
    """At least so many characters."""

    def get_error_message(self) -> str:
        return f"Пароль слишком короткий: нужно не меньше {self._length}."

    def get_help_text(self) -> str:
        return f"Не короче {self._length}."

    @property
    def _length(self) -> str:
        return words(self.min_length, "знака,знаков,знаков")


class NotCommon(rules.CommonPasswordValidator):
    """Not one of the passwords that are tried first."""

    def get_error_message(self) -> str:
        return "Этот пароль слишком известен: его подбирают первым."

    def get_help_text(self) -> str:
        return "Не из самых известных, которые подбирают первыми."


class NotOnlyDigits(rules.NumericPasswordValidator):
    """Something besides digits."""

    def get_error_message(self) -> str:
        return "Пароль из одних цифр: добавьте буквы или знаки."

    def get_help_text(self) -> str:
        return "Не из одних цифр."
