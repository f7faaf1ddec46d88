"""Documents say what is: the printed table, links, paths, commands and numbers of decisions."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands

ROOT = Path(settings.BASE_DIR)
ADR = ROOT / "docs" / "adr"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
BY_NAME = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES]
FOLDERS = "mcu|blocks|messages|reports|tests|bench|docs|static|templates"
NAMED = re.compile(rf"(?:{FOLDERS})/[\w/.-]*\w\.(?:py|toml|json|md|css|js)\b")


def test_the_table_of_the_workflow_is_what_the_code_prints() -> None:
    printed = StringIO()
    call_command("describe_workflow", stdout=printed)
    page = (ROOT / "docs" / "workflow.md").read_text()
    between = re.search(r"<!-- generated: describe_workflow -->\n(.*)\n<!-- end -->", page, re.DOTALL)
    assert between
    assert between[1].strip() == printed.getvalue().strip(), "run manage.py describe_workflow and put it into docs/workflow.md"


def test_decisions_have_each_a_number_of_their_own_and_a_heading_with_it() -> None:
    pages = sorted(ADR.glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    for page in pages:
        assert page.read_text().startswith(f"# {page.name[:4]}. "), page.name
        assert "Accepted." in page.read_text(), page.name


@pytest.mark.parametrize("page", BY_NAME)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", BY_NAME)
def test_named_files_are_there(page: Path) -> None:
    named = NAMED.findall(page.read_text())
    for path in named:
        assert (ROOT / path).exists() or (page.parent / path).exists(), path


@pytest.mark.parametrize("page", BY_NAME)
def test_named_commands_are_there(page: Path) -> None:
    commands, targets = set(get_commands()), set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    assert set(re.findall(r"manage\.py ([a-z]\w+)", text)) <= commands
    assert set(re.findall(r"`make (\w+)`", text)) <= targets
