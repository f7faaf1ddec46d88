"""The case: a citizen's message and its way to the answer."""

from __future__ import annotations

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "messages"
    label = "mcu_messages"  # Django's own flash messages have the plain label
    verbose_name = "Сообщения"
