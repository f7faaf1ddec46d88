"""``manage.py make_problemator --center oktyabrsky --week 2026-W47 --out FOLDER``: the week's problemator by hand."""

from reports.management.making import MakeCommand


class Command(MakeCommand):
    """Make the problemator of a week and, if asked, write its documents to a folder."""

    help = "Составить проблематор недели; без --week — за последнюю полную неделю."
    kind = "problemator"
    option, example = "week", "неделя по ISO, например 2026-W47"
