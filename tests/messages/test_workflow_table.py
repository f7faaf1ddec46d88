"""Every role × state × transition against the table of the design, written here by hand and not taken from the code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import transaction

from blocks.actors import Actor, ActorKind
from blocks.roles import Role
from mcu.errors import NotAllowed, NotFound, WrongState
from messages import policies
from messages.models import Message
from messages.workflow import TRANSITIONS, State
from tests.cast import Cast
from tests.messages.scenes import ACCOUNTS, IM, POS, WAYS, Chain, Scene, asked_before, bring, make

# transition: from → to | who. «publisher» is whom the source names; «next» is the head where the chain has one.
TABLE = """
assign   : received       -> assigned       | source_curator head support rule
assign   : assigned       -> assigned       | source_curator head support rule
assign   : drafting       -> assigned       | source_curator head support rule
decline  : assigned       -> received       | block_responsible block_curator
decline  : drafting       -> received       | block_responsible block_curator
start    : assigned       -> drafting       | block_responsible block_curator
submit   : drafting       -> block_approval | block_responsible
agree    : block_approval -> next           | block_curator
return   : block_approval -> drafting       | block_curator
return   : head_approval  -> drafting       | head
approve  : head_approval  -> approved       | head
send     : approved       -> answered       | publisher
recall   : block_approval -> drafting       | author
recall   : head_approval  -> drafting       | author
recall   : approved       -> drafting       | publisher head
interim  : assigned       -> assigned       | publisher
interim  : drafting       -> drafting       | publisher
ask      : assigned       -> assigned       | publisher
ask      : drafting       -> drafting       | publisher
hear     : received       -> received       | source_curator system
hear     : assigned       -> assigned       | publisher source_curator block_responsible system
hear     : drafting       -> drafting       | publisher source_curator block_responsible system
hear     : block_approval -> block_approval | publisher source_curator block_responsible system
hear     : head_approval  -> head_approval  | publisher source_curator block_responsible system
hear     : approved       -> approved       | publisher source_curator block_responsible system
hear     : merged         -> merged         | publisher source_curator block_responsible system
take_back: assigned       -> received       | sorter
take_back: redirected     -> received       | sorter
take_back: dismissed      -> received       | sorter
merge    : received       -> merged         | source_curator head
merge    : assigned       -> merged         | source_curator head
merge    : drafting       -> merged         | source_curator head
split    : merged         -> assigned       | source_curator head
redirect : received       -> redirected     | source_curator head
redirect : assigned       -> redirected     | source_curator head
redirect : drafting       -> redirected     | source_curator head
dismiss  : received       -> dismissed      | source_curator head
dismiss  : assigned       -> dismissed      | source_curator head
close    : answered       -> closed         | source_curator system
reopen   : answered       -> assigned       | source_curator head
reopen   : closed         -> assigned       | source_curator head
reopen   : redirected     -> received       | source_curator head
reopen   : dismissed      -> received       | source_curator head
"""
# Extension is the law's and for appeals alone, following the leading message is the program's: see test_every_path.py.
ELSEWHERE = {"extend", "follow"}
NAMES = [
    "assign", "decline", "start", "submit", "agree", "return", "approve", "send", "recall", "interim", "take_back", "merge",
    "split", "redirect", "dismiss", "close", "reopen", "ask", "hear",
]  # fmt: skip
# Where the block's people do not see the case: it is in no block.
NO_BLOCK = {"received", "redirected", "dismissed"}


def _table(chain: Chain) -> dict[tuple[str, str], tuple[str, set[str]]]:
    """(transition, state) → (target, roles) for one chain."""
    found = {}
    for line in TABLE.strip().splitlines():
        step, _, who = line.partition("|")
        name, arrow = (part.strip() for part in step.split(":"))
        source, target = (part.strip() for part in arrow.split("->"))
        target = ("head_approval" if chain.needs_head else "approved") if target == "next" else target
        roles = set(who.replace("publisher", chain.publisher_role).replace("author", "author block_responsible").split())
        if "author" in roles and chain is ACCOUNTS:
            roles.add("block_curator")  # the head of a block is both in one person
        if "source_curator" in roles:
            roles.add("sorter")
        if "sorter" in roles and chain is ACCOUNTS:
            roles.add("accounts")
        if chain.publisher_role in ("source_curator", "accounts") and chain.publisher_role in roles:
            roles.add("sorter")
        # The keeper of official accounts is the curator of that source (КОР Пол. 2.7).
        if "source_curator" in roles and chain is ACCOUNTS:
            roles.add("accounts")
        found[name, source] = (target, roles)
    return found


def _people(cast: Cast, chain: Chain) -> dict[str, Actor]:
    """One actor a role whose bounds cover the chain's cases, each in that role alone."""
    cast.add("by_source", Role.SOURCE_CURATOR, source=chain.source)
    names = {
        Role.SOURCE_CURATOR: "by_source",
        Role.BLOCK_RESPONSIBLE: chain.responsible,
        Role.BLOCK_CURATOR: chain.curator,
        Role.ACCOUNTS: "accounts" if chain is ACCOUNTS else "",
    }
    people = {str(role): cast.actor(names.get(role, str(role))).narrowed(role) for role in Role if names.get(role, str(role))}
    # The very person who handed the case over, redirected or dismissed it.
    people["sorter"] = cast.actor(chain.sorter).narrowed(Role.SOURCE_CURATOR, Role.ACCOUNTS)
    source = cast.source(chain.source)
    people["rule"] = Actor(ActorKind.RULE, cast.center.pk, "автоправило", source_ids=frozenset({source.pk}))
    people["client"] = Actor(ActorKind.CLIENT, cast.center.pk, "клиент", source_ids=frozenset({source.pk}))
    people["system"] = cast.system
    return people


def _strangers(cast: Cast, chain: Chain, other: Cast) -> dict[str, Actor]:
    """People with the same roles whose bounds do not cover the chain's cases."""
    block = "education" if chain is ACCOUNTS else "housing"
    cast.add("other_responsible", Role.BLOCK_RESPONSIBLE, block=block)
    cast.add("other_curator", Role.BLOCK_CURATOR, block=block)
    cast.add("other_source", Role.SOURCE_CURATOR, source="fz59")
    cast.add("other_accounts", Role.ACCOUNTS, source="fz59")
    strangers = {name: cast.actor(name) for name in ("other_responsible", "other_curator", "other_source", "other_accounts")}
    return strangers | {f"{name} of another Center": other.actor(name) for name in other.people}


def _outcome(name: str, scene: Scene, actor: Actor) -> str:
    """What the service does with the step, undone afterwards: the new state or the name of the refusal."""
    with transaction.atomic():
        try:
            make(name, scene, actor)
            return str(Message.objects.values_list("state", flat=True).get(pk=scene.message.pk))
        except (NotAllowed, NotFound, WrongState) as error:
            return type(error).__name__
        finally:
            transaction.set_rollback(True)


def _sees(who: str, state: str) -> bool:
    if who == "observer":
        return False
    return who not in ("block_responsible", "block_curator") or state not in NO_BLOCK


def _faults(cast: Cast, chain: Chain, other: Cast) -> Iterator[str]:
    table, people, strangers = _table(chain), _people(cast, chain), _strangers(cast, chain, other)
    # Whoever holds every role at once is refused by the state alone.
    everybody = replace(people["head"], grants=tuple(grant for actor in people.values() for grant in actor.grants))
    for state in WAYS:
        if state == "head_approval" and not chain.needs_head:
            continue
        scene = bring(cast, chain, state)
        for name in NAMES:
            if name == "hear":
                asked_before(scene)
            target, roles = table.get((name, state), ("", set()))
            for who, actor in people.items():
                if bool(policies.may(actor, name, scene.message)) != (who in roles):
                    yield f"{chain.source} {state}: may({who}, {name}) is not {who in roles}"
            for who, actor in strangers.items():
                if policies.may(actor, name, scene.message):
                    yield f"{chain.source} {state}: {who} may {name}"
            if not target:
                tried, expected = {"everybody": everybody}, {"everybody": "WrongState"}
            else:
                # Of another Center the head is enough: its other people are asked by the policy above.
                tried = people | {who: strangers[who] for who in strangers if "another" not in who or who.startswith("head")}
                expected = {
                    who: target if who in roles else "NotAllowed" if _sees(who, state) else "NotFound" for who in people
                } | dict.fromkeys(strangers, "NotFound")
            for who, actor in tried.items():
                if (outcome := _outcome(name, scene, actor)) != expected[who]:
                    yield f"{chain.source} {state}: {name} by {who} gives {outcome}, not {expected[who]}"


@pytest.mark.parametrize("chain", [IM, POS], ids=lambda chain: chain.source)
def test_oktyabrsky_table(chain: Chain, okt: Cast, kor: Cast) -> None:
    assert list(_faults(okt, chain, kor)) == []


def test_korsakovsky_table_of_official_accounts(okt: Cast, kor: Cast) -> None:
    assert list(_faults(kor, ACCOUNTS, okt)) == []


def test_the_walk_knows_every_state_and_transition_of_the_program() -> None:
    assert set(NAMES) | ELSEWHERE == set(TRANSITIONS)
    assert set(WAYS) == set(State.values)


@pytest.mark.parametrize("chain", [IM, POS, ACCOUNTS], ids=lambda chain: chain.source)
def test_transitions_of_the_program_are_those_of_the_table(chain: Chain) -> None:
    """No arrow more and none less: sources and targets of the library's methods, too."""
    arrows = {(name, source): target for (name, source), (target, _) in _table(chain).items()}
    for name, rule in TRANSITIONS.items():
        if name in ELSEWHERE:
            continue
        assert {source for step, source in arrows if step == name} == set(rule.sources)
        assert {target for (step, _), target in arrows.items() if step == name} <= set(rule.targets)
