"""The database itself refuses to change, delete or empty what is history."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.models import Model, ProtectedError
from django.db.utils import DatabaseError

from blocks.models import RosterEvent
from messages.models import ContactAccess, MessageEvent
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
TABLES = [MessageEvent, RosterEvent, ContactAccess]


@pytest.fixture
def rows(okt: Cast) -> dict[type[Model], Model]:
    """One row of each history."""
    message, head = okt.message("im"), okt.people["head"]
    return {
        MessageEvent: message.events.get(),
        RosterEvent: RosterEvent.objects.create(center=okt.center, at=NOW, kind="invited", user=head),
        ContactAccess: ContactAccess.objects.create(message=message, user=head, role="head", at=NOW),
    }


def refused(statement: str) -> bool:
    """Whether the database refuses the statement; asked past the models, as a person with a console would."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE stumbles over the pending ones first
            cursor.execute(statement)
    except DatabaseError as error:
        return "pgtrigger" in str(error)
    return False


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_history_is_only_added_to(table: type[Model], rows: dict[type[Model], Model]) -> None:
    statements = ("UPDATE {} SET at = now()", "UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE")
    for statement in statements:
        assert refused(statement.format(table._meta.db_table)), statement
    assert table._default_manager.filter(pk=rows[table].pk).exists()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_the_models_are_refused_too(table: type[Model], rows: dict[type[Model], Model]) -> None:
    row = rows[table]
    for change in (row.save, row.delete, lambda: table._default_manager.filter(pk=row.pk).update(at=NOW)):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            change()
    assert table._default_manager.filter(pk=row.pk).exists()


def test_a_case_with_history_is_not_deleted(okt: Cast) -> None:
    message = okt.message("im")
    with pytest.raises(ProtectedError):
        message.delete()
