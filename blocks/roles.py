"""The roles of a Center (ОКТ Пол. 3.1; КОР Пол. 2.1). Their official titles are data of the charter."""

from __future__ import annotations

from typing import Final

from django.db import models


class Role(models.TextChoices):
    CURATOR = "curator", "куратор Центра"
    HEAD = "head", "руководитель Центра"
    BLOCK_CURATOR = "block_curator", "куратор блока"
    BLOCK_RESPONSIBLE = "block_responsible", "ответственный за блок"
    SUPPORT = "support", "обеспечение деятельности"
    TECH = "tech", "техническое обеспечение"
    SOURCE_CURATOR = "source_curator", "куратор источника"
    ACCOUNTS = "accounts", "официальные аккаунты"
    DISTRICT_HEAD = "district_head", "глава района"
    OBSERVER = "observer", "наблюдатель (ЦУР)"


# Whose rows are the whole Center's; an observer sees only reports, the rest what their bounds name.
WHOLE_CENTER: Final = frozenset({Role.CURATOR, Role.HEAD, Role.SUPPORT, Role.TECH, Role.DISTRICT_HEAD})
BLOCK_ROLES: Final = frozenset({Role.BLOCK_CURATOR, Role.BLOCK_RESPONSIBLE})
SOURCE_ROLES: Final = frozenset({Role.SOURCE_CURATOR, Role.ACCOUNTS})
