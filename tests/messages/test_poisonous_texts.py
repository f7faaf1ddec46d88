"""Texts made to be read for ever: every reader of citizens' words takes time by their length, not by its square."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from mcu.text import clean_text
from messages import answer_fields, mentions, textdiff
from messages.automatic.words import phrase_of
from messages.documents.address import dative, greeting
from messages.exchange.cells import Lasted, Moment, Score, Text
from messages.exchange.columns import fold
from messages.mail.charsets import decoded, header_words
from messages.mail.quotes import new_words
from messages.masking import mask_contacts
from messages.suggesting.words import phrases, pieces
from reports.registers.checking import personal

LENGTH = 20_000
SECONDS = 3.0  # of one text; the square of its length takes longer
PIECES = (
    "а", "a", " ", "1", "-", "(", "@", "<", "[", "{", ".", "_", "'", '"', "\n", "\r\n", "a@", "a.", "a-", "8 ", "1-", "1. ",
    "<br", "< ", "</", "@а ", "тел", "тел ", "телефон", "в руки, получил(а) ", "снилс ", "https://", "www.", "[id1|", "re: ",
    "\n ", "Аб", "Аа-", "message-id:\n", "=?", "<b>", "> ", "a@a.a+", "1 · ",
)  # fmt: skip
BEGUN = ("a@", "тел. ", "телефон", "<br", "<", "(", "@а", "@", "{", "message-id:", "https://", "1 д ")


def _texts() -> Iterator[str]:
    yield "18.11.2026 писал:\n" * (LENGTH // 2) + "> прежнее"
    for piece in PIECES:
        yield (piece * LENGTH)[:LENGTH]
    for begun in BEGUN:
        for piece in ("а", "a-", " ", "\n"):
            yield (begun + piece * LENGTH)[:LENGTH]


def _quietly(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def tried(text: str) -> None:
        with suppress(ValueError):  # what is wrong with a cell, in words
            read(text)

    return tried


READERS: dict[str, Callable[[str], Any]] = {
    "masking": mask_contacts,
    "registers": personal,
    "cleaning": clean_text,
    "a letter's new words": new_words,
    "a header": header_words,
    "bytes": lambda text: decoded(text.encode("cp1251", "replace")),
    "names called": lambda text: mentions.called_in(text, {1: "Иванова А. П."}),
    "answer fields": answer_fields.problem_of,
    "differences": lambda text: textdiff.side_by_side(text, text + "б"),
    "a rule's words": phrase_of,
    "suggestions": lambda text: (phrases(text), pieces(text)),
    "a greeting": lambda text: greeting([dative(text)], text),
    "a header of a file": fold,
    "cells": lambda text: [_quietly(one.clean)(text) for one in (Text(), Moment(), Lasted(), Score())],
}


@pytest.fixture
def _guarded() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_guarded")
@pytest.mark.parametrize("name", READERS)
def test_no_text_takes_long(name: str) -> None:
    read = READERS[name]
    for text in _texts():
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            read(text)
        except TimeoutError:
            pytest.fail(f"{name}: stands at {text[:20]!r}…")


def test_what_is_glued_to_an_address_is_hidden_with_it() -> None:
    assert mask_contacts("Пишите: a@b.ru+c@d.ru, жду.") == "Пишите: [почта скрыта], жду."
    assert "mail" not in mask_contacts(f"{'a' * 100}@mail.ru и x@y@mail.ru")
