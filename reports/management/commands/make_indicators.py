"""``manage.py make_indicators --center oktyabrsky --month 2026-10 --out FOLDER``: the month's indicators by hand."""

from reports.management.making import MakeCommand


class Command(MakeCommand):
    """Make the report on indicators of a month and, if asked, write its documents to a folder."""

    help = "Составить отчёт о показателях за месяц; без --month — за последний полный месяц."
    kind = "indicators"
    option, example = "month", "месяц, например 2026-10"
