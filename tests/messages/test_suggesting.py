"""Learning from decided letters: what of a text is read, what is guessed, how honestly, and how it is kept."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.kernel_ridge import KernelRidge

from messages.suggesting import KINDS, BrokenModel, Letter, Model, accuracy_of, from_bytes, to_bytes
from messages.suggesting.training import Example, Learned, learn
from messages.suggesting.words import phrases, pieces, stems
from tests.messages.letters_of import letters

MADE = list(letters())
EXAMPLES = [Example(Letter(one.text), one.block, one.topic, one.recipient) for one in MADE]


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(EXAMPLES, {})


@pytest.fixture(scope="module")
def model(learned: Learned) -> Model:
    return learned.model


# What of a text is read


def test_forms_of_a_word_are_one() -> None:
    assert stems("Ямы, ямами; Дорог дорогах ёлка елка") == ["ям", "ям", "дорог", "дорог", "елк", "елк"]
    assert phrases("нет воды") == ["нет", "вод", "нет вод"]
    assert " ям" in pieces("яма")


def test_telephones_and_long_numbers_are_never_read() -> None:
    text = "дом 12, тел. 89221234567, счёт AB1234567"
    assert stems(text) == ["дом", "12", "тел", "счет"]
    assert not any("8922" in piece for piece in pieces(text))


def test_what_one_letter_alone_says_is_not_kept() -> None:
    once = Example(Letter("Пишет вам Кудеяров Аристарх: яма на дороге"), "roads", "ямы", "дорожники")
    kept = learn([*EXAMPLES, once], {}).model.parts
    assert not any("кудеяр" in term or "аристарх" in term for part in kept for term in part.terms)


# What is guessed


@pytest.mark.parametrize(
    ("text", "block", "topic"),
    [
        ("Огромная яма на перекрёстке", "roads", "ямы"),
        ("Батареи ледяные, отопления нет", "housing", "тепло"),
        ("Переполненные контейнеры, мусора по колено", "waste", "мусор"),
        ("КОГДА ПОЧИНЯТ КРЫШУ? протекает", "housing", "крыша"),
    ],
)
def test_new_words_about_known_matters_are_understood(model: Model, text: str, block: str, topic: str) -> None:
    guessed = model.guess(Letter(text))
    assert guessed["block"][0].label == block
    assert guessed["topic"][0].label == topic
    assert guessed["block"][0].share > 0.5


def test_shares_are_shares_whatever_is_written(model: Model) -> None:
    for text in ("", "!!!", "\x00", "zzz qqq", "яма " * 20_000, "🙂" * 50, "а" * 100_000):
        for kind, shares in model.shares(Letter(text)).items():
            assert shares.shape == (len(model.labels[kind]),)
            assert shares.min() >= 0
            assert shares.sum() == pytest.approx(1)


def test_nothing_known_is_never_certain(model: Model) -> None:
    """So that no rule by confidence acts on what was never seen."""
    for text in ("Поздравляю с праздником", "Қайырлы таң", "xyz", ""):
        assert model.guess(Letter(text))["block"][0].share < 0.9


def test_the_place_tells_letters_apart_that_say_the_same() -> None:
    examples = [
        Example(Letter(f"Прошу помочь, вопрос {number}", (f"place:{number % 2}",)), f"block {number % 2}", "", "")
        for number in range(60)
    ]
    model = learn(examples, {}).model
    for place in (0, 1):
        assert model.guess(Letter("Прошу помочь", (f"place:{place}",)))["block"][0].label == f"block {place}"


def test_the_name_of_a_topic_speaks_for_it() -> None:
    """Of a rare topic its own words tell more than its few letters."""
    rare = [Example(Letter("Прошу принять меры: на улице Мира что-то странное"), "roads", "светофор", "") for _ in range(2)]
    word = Example(Letter("светофор и мусор, светофор не виден"), "waste", "мусор", "")

    def share(names: dict[str, dict[str, str]]) -> float:
        model = learn([*EXAMPLES[::4], *rare, word, word], names).model
        return float(dict(zip(model.labels["topic"], model.shares(Letter("светофор"))["topic"], strict=True))["светофор"])

    assert share({"topic": {"светофор": "светофор"}}) > share({})


def test_probabilities_are_those_of_scikit_learn(model: Model) -> None:
    """The same features and the same regression put together from its own parts."""
    texts = [one.text for one in MADE]
    asked = ["Яма на улице Мира и мусор", "холодно, отопления нет", "свалка у крыши"]
    train, test = [], []
    for part, analyzer in zip(model.parts, (phrases, pieces), strict=False):
        reading = TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, vocabulary=list(part.terms))
        train.append(reading.fit_transform(texts).toarray())
        test.append(reading.transform(asked).toarray())
    seen, new = np.hstack(train), np.hstack(test)
    wanted = np.array([[float(one.block == label) for label in model.labels["block"]] for one in MADE])
    ridge = KernelRidge(alpha=1.0, kernel="precomputed").fit(seen @ seen.T + 1, wanted)
    scores = ridge.predict(new @ seen.T + 1)
    ours = np.array([model.scores(Letter(text))[: len(model.labels["block"])] for text in asked])
    assert ours == pytest.approx(scores, abs=2e-3)
    steep = np.exp(scores * model.slopes["block"])
    shares = steep / steep.sum(axis=1, keepdims=True)
    alone = replace(model, block_of_topic=np.full_like(model.block_of_topic, 1 / len(model.labels["block"])))
    for text, share in zip(asked, shares, strict=True):
        found = alone.shares(Letter(text))["block"]  # no word of the topics: only its root is left, so it is squared again
        assert found**2 / (found**2).sum() == pytest.approx(share, abs=5e-3)


# How honestly


def test_the_accuracy_is_that_of_letters_set_apart(learned: Learned) -> None:
    for kind in KINDS:
        accuracy = learned.accuracy[kind]
        assert accuracy.cases == len(MADE)
        assert accuracy.helps
        assert accuracy.usual < accuracy.top1 <= accuracy.top3 <= 1
    assert sum(one.right for one in learned.accuracy["block"].choices) == len(MADE)


def test_answers_without_reason_do_not_help() -> None:
    """Labels given at random: the same letters teach nothing, and it is said."""
    drawn = np.random.default_rng(1).integers(0, 3, len(MADE))
    examples = [Example(one.letter, f"block {number}") for one, number in zip(EXAMPLES, drawn, strict=True)]
    assert not learn(examples, {}).accuracy["block"].helps


def test_a_text_sent_again_and_again_proves_nothing() -> None:
    drawn = np.random.default_rng(2).integers(0, 3, 40)
    texts = [f"слово{number} " * 3 for number in range(40)]
    examples = [Example(Letter(text), f"block {number}") for text, number in zip(texts, drawn, strict=True) for _ in range(5)]
    assert not learn(examples, {}).accuracy["block"].helps


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_or_one_sided_letters_break_nothing(count: int) -> None:
    model = learn([Example(Letter("яма"), "roads")] * count, {}).model
    assert model.guess(Letter("яма"))["block"][0].label == "roads"
    assert model.guess(Letter("яма"))["topic"] == []


def test_accuracy_counts_first_and_three() -> None:
    shares = np.array([[0.5, 0.3, 0.2, 0.0], [0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]])
    found = accuracy_of(shares, np.array([0, 0, -1]), ["a", "b", "c", "d"])
    assert (found.cases, found.top1, found.top3, found.usual) == (2, 0.5, 0.5, 1.0)
    assert not accuracy_of(shares[:0], np.array([], dtype=np.int64), ["a"]).helps


# How it is kept


def test_what_is_kept_guesses_the_same(model: Model) -> None:
    again = from_bytes(to_bytes(model))
    for text in ("яма на дороге", "мусор", "батареи и крыша"):
        for kind, shares in model.shares(Letter(text)).items():
            assert again.shares(Letter(text))[kind] == pytest.approx(shares, abs=1e-5)
    assert again.labels == dict(model.labels)


def _changed(model: Model, **arrays: object) -> bytes:
    with np.load(io.BytesIO(to_bytes(model))) as kept:
        whole = {name: kept[name] for name in kept.files}
    out = io.BytesIO()
    np.savez(out, **{**whole, **arrays})
    return out.getvalue()


def _tampered(kept: bytes) -> list[bytes]:
    """Archives that make the libraries say other things than that a value is wrong."""
    directory = kept.index(b"PK\x01\x02")

    def put(place: int, value: bytes) -> bytes:
        return kept[:place] + value + kept[place + len(value) :]

    encrypted = bytearray(put(6, b"\x01"))
    encrypted[directory + 8] |= 1
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w") as archive:
        for name, shape in (("version", "(1,)"), ("weights", "(99999999999999, 9999999)"), ("bias", "(-1,)")):
            header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 8)
    return [
        bytes(encrypted),
        put(directory + 10, b"\x63\x00"),  # a compression nobody knows
        put(200, b"\xff" * 60),  # what is packed is no longer what it was
        huge.getvalue(),
    ]


def test_what_is_no_model_is_refused(model: Model) -> None:
    broken = [
        b"",
        b"no archive",
        to_bytes(model)[:-100],
        _changed(model, version=np.array([99])),
        _changed(model, weights=np.zeros((2, 2), dtype=np.float16)),
        _changed(model, bias=np.full(model.bias.shape, np.nan)),
        _changed(model, slopes=np.array([1.0])),
        _changed(model, labels_block=np.array([print], dtype=object)),  # code, as a pickle would carry it
        _changed(model, terms_phrases=np.frombuffer(b"\xff\xfe", dtype=np.uint8)),
        b"0" * 30_000_001,
        *_tampered(to_bytes(model)),
    ]
    for kept in broken:
        with pytest.raises(BrokenModel):
            from_bytes(kept)


def test_pages_do_not_load_scikit_learn() -> None:
    code = "import sys, mcu.wsgi, mcu.urls, messages.selectors.guess; print('sklearn' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"DJANGO_SETTINGS_MODULE": "mcu.settings"}
    )
    assert done.stdout.strip().endswith("False")


# The command


def test_files_are_measured_by_the_names_of_their_columns(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("letters")
    lines = [f'{place},"{one.text}",{one.recipient},{one.topic},{one.block}' for place, one in enumerate(MADE)]
    train, test = folder / "train.csv", folder / "test.csv"
    train.write_text("\n".join(["id,text,recipient,topic,block", *lines[:200]]), encoding="utf-8-sig")
    test.write_text("\n".join(["№,Текст,Получатель,Тема,Блок", *lines[200:]]), encoding="utf-8")
    out = io.StringIO()
    call_command("evaluate_suggestions", train=str(train), test=str(test), stdout=out)
    told = {words[0]: words[1:] for line in out.getvalue().splitlines() if (words := line.split())}
    assert float(told["блок"][0]) > 0.9
    assert float(told["тема"][1]) > 0.9
    assert "получатель" in told
    (folder / "none.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    for options in (
        {},
        {"train": str(train), "test": str(folder / "none.csv")},
        {"train": str(folder / "no.csv"), "test": str(test)},
    ):
        with pytest.raises(CommandError):
            call_command("evaluate_suggestions", **options, stdout=out)
