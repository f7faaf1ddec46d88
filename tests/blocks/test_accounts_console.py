"""Accounts from the console, and two people who open one link at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from blocks.models import Membership
from blocks.roles import Role
from blocks.services.accounts import NewPerson, first_account_link, open_first_account, open_link, reset_access
from mcu.clock import utc_now
from mcu.errors import WrongState
from mcu.models import OneTimeLink, User
from tests.cast import NOW, PASSWORD, Cast, load_center, make_oktyabrsky

GOOD = "Длинный-новый-пароль-7"


def test_a_new_link_from_the_console(okt: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("new_link", okt.people["tech"].username.upper())
    assert "/link/" in capsys.readouterr().out
    assert OneTimeLink.objects.get().user == okt.people["tech"]
    assert not User.objects.get(pk=okt.people["tech"].pk).check_password(PASSWORD)
    with pytest.raises(CommandError, match="нет"):
        call_command("new_link", "никто")


def test_a_center_loaded_later_gets_its_technical_person(okt: Cast) -> None:
    load_center("korsakovsky")
    call_command("give_tech", "korsakovsky", okt.people["tech"].username)
    assert Membership.objects.filter(user=okt.people["tech"], center__slug="korsakovsky", role=Role.TECH).exists()
    for center, login in (("korsakovsky", okt.people["tech"].username), ("нигде", "tech"), ("korsakovsky", "никто")):
        with pytest.raises(CommandError):
            call_command("give_tech", center, login)


def both_at_once(*steps: Callable[[], User]) -> list[str]:
    """The outcome of each step, all started at one moment on connections of their own."""
    start = Barrier(len(steps))

    def run(step: Callable[[], User]) -> str:
        start.wait()
        try:
            step()
        except WrongState:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(steps)) as pool:
        return sorted(pool.map(run, steps))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_one_link_one_wins() -> None:
    okt = make_oktyabrsky()
    path = reset_access(actor=okt.actor("head"), user_id=okt.people["roads"].pk, now=NOW)
    token = path.rstrip("/").rsplit("/", 1)[-1]
    passwords = [f"{GOOD}-{number}" for number in range(2)]
    steps = [partial(open_link, token=token, password=password, now=NOW) for password in passwords]
    assert both_at_once(*steps) == ["done", "refused"]
    user = User.objects.get(pk=okt.people["roads"].pk)
    assert sum(user.check_password(password) for password in passwords) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_first_accounts_one_is_made() -> None:
    load_center("oktyabrsky")
    path = first_account_link(now=utc_now())
    assert path is not None
    token = path.rstrip("/").rsplit("/", 1)[-1]
    people = [NewPerson(f"first{number}", "Первый Иван Ильич") for number in range(2)]
    steps = [partial(open_first_account, token=token, person=person, password=GOOD, now=utc_now()) for person in people]
    assert both_at_once(*steps) == ["done", "refused"]
    assert User.objects.count() == 1
