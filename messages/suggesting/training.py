"""Learning by scikit-learn: ridge regression over words and pieces of words. Only a command and a program import it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize_scalar
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GroupKFold

from messages.suggesting.measuring import Accuracy, accuracy_of
from messages.suggesting.model import KINDS, PARTS, Floats, Letter, Model, Part, agree, softmax

MOST_TEXTS: Final = 8000  # their likenesses to one another take a quarter of a gigabyte
FOLDS: Final = 5
_LARGEST: Final = 26_000_000  # bytes of weights
_MOST_FEATURES: Final = 70_000
_MOST_CHOICES: Final = 300  # of one kind, the most frequent ones
_SMOOTH: Final = 1.0  # of the regression
_SHARES: Final = {"phrases": 0.35, "pieces": 0.64, "marks": 0.01}  # of the features that are kept
_WEIGHTS: Final = {"phrases": 1.0, "pieces": 1.0, "marks": 0.7}
_NAME: Final = {"block": 0.0, "topic": 0.5, "recipient": 0.5}  # how much the words of a choice's own name weigh
_HABIT: Final = 3.0  # cases of the whole that a topic's own habit is smoothed with
_FEW: Final = 0.01
_NOTHING: Final = 1e-3
_STEEPEST: Final = 25.0
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Example:
    """A letter and what people decided; an empty label is not known."""

    letter: Letter
    block: str = ""
    topic: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """The model and how well it guessed on cases set apart: accuracy by kind, and by block."""

    model: Model
    accuracy: dict[str, Accuracy]


@dataclass(slots=True)
class _Matrix:
    """The letters as numbers: a sparse matrix of all parts, and how alike each two are."""

    parts: tuple[Part, ...]
    rows: Any
    alike: npt.NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Task:
    """What is asked: the choices of each kind, which of them each letter had (-1: not known), the words of their names."""

    labels: dict[str, tuple[str, ...]]
    answers: dict[str, npt.NDArray[np.int64]]
    named: dict[str, Any]


def learn(examples: Sequence[Example], names: Mapping[str, Mapping[str, str]]) -> Learned:
    """Learn from the examples. ``names``: words of each choice, by kind and label.

    Five times a fifth is set apart: what is guessed of it tells the accuracy and how far a score may be trusted.
    """
    labels = {kind: _labels(examples, kind) for kind in KINDS}
    answers = {kind: _answers(examples, kind, labels[kind]) for kind in KINDS}
    matrix = _matrix([example.letter for example in examples], sum(map(len, labels.values())))
    task = _Task(labels, answers, _named(matrix, labels, names))
    scores = _set_apart(examples, matrix, task)
    slopes = {kind: _slope(scores[kind], answers[kind]) for kind in KINDS}
    habits = _habit(task, "block", _FEW), _habit(task, "recipient", _HABIT)
    shares = agree({kind: softmax(scores[kind], slopes[kind]) for kind in KINDS}, *habits)
    accuracy = {kind: accuracy_of(shares[kind], answers[kind], labels[kind]) for kind in KINDS}
    return Learned(_model(matrix, task, slopes, habits), accuracy)


def _set_apart(examples: Sequence[Example], matrix: _Matrix, task: _Task) -> dict[str, Floats]:
    """The scores of each fifth by what the others teach."""
    scores = {kind: np.asarray((matrix.rows @ task.named[kind].T).todense()) for kind in KINDS}
    for inner, outer in _folds(examples):
        for kind, (known, dual) in _solved(matrix.alike, inner, task).items():
            scores[kind][outer] += (matrix.alike[np.ix_(outer, known)] + 1) @ dual
    return scores


def _labels(examples: Sequence[Example], kind: str) -> tuple[str, ...]:
    """The choices that were made, in order; of very many the most frequent."""
    given, counts = np.unique([label for one in examples if (label := getattr(one, kind))] or [""], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_MOST_CHOICES]
    return tuple(sorted(str(given[place]) for place in order if given[place]))


def _answers(examples: Sequence[Example], kind: str, labels: Sequence[str]) -> npt.NDArray[np.int64]:
    places = {label: place for place, label in enumerate(labels)}
    return np.array([places.get(getattr(one, kind), -1) for one in examples], dtype=np.int64)


def _matrix(letters: Sequence[Letter], choices: int) -> _Matrix:
    room = min(_MOST_FEATURES, _LARGEST // (2 * max(choices, 1)))
    parts, columns = [], []
    for name in PARTS:
        found = [letter.features(name) for letter in letters]
        parts.append(_part(found, max(int(room * _SHARES[name]), 1), _WEIGHTS[name]))
        columns.append(_rows(found, parts[-1]))
    rows = sparse.hstack(columns, format="csr", dtype=np.float32)
    alike = np.empty((len(letters), len(letters)), dtype=np.float32)
    for start in range(0, len(letters), _CHUNK):
        alike[start : start + _CHUNK] = (rows[start : start + _CHUNK] @ rows.T).todense()
    return _Matrix(tuple(parts), rows, alike)


def _part(letters: Sequence[Sequence[str]], most: int, weight: float) -> Part:
    """The features that are met most, and how rare each is. What stands in one letter alone may be a name and is not kept."""
    counts = Counter(feature for features in letters for feature in set(features))
    kept = sorted(feature for feature, count in counts.most_common(most) if count > 1)
    if not kept:
        return Part.of([], np.zeros(0), weight)
    reading = TfidfVectorizer(analyzer=list, vocabulary=kept).fit(letters)
    return Part.of(kept, reading.idf_, weight)


def _rows(letters: Sequence[Sequence[str]], part: Part) -> Any:
    """The very vectors that pages will make, as a sparse matrix."""
    found = [part.vector(features) for features in letters]
    ends = np.cumsum([0, *(len(places) for places, _ in found)])
    places = np.concatenate([places for places, _ in found])
    values = np.concatenate([values for _, values in found]).astype(np.float32)
    return sparse.csr_matrix((values, places, ends), shape=(len(letters), len(part.terms)), dtype=np.float32)


def _named(matrix: _Matrix, labels: Mapping[str, Sequence[str]], names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The names of the choices read as letters: who writes the word of a topic means it."""
    found = {}
    for kind in KINDS:
        letters = [Letter(names.get(kind, {}).get(label, "")) for label in labels[kind]]
        read = [[letter.features(name) for letter in letters] for name in PARTS]
        columns = [_rows(features, part) for features, part in zip(read, matrix.parts, strict=True)] if letters else []
        empty = sparse.csr_matrix((0, matrix.rows.shape[1]), dtype=np.float32)
        found[kind] = sparse.hstack(columns, format="csr") * _NAME[kind] if letters else empty
    return found


def _folds(examples: Sequence[Example]) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Fifths; the same text sent twice stays in one of them, so that no answer is known beforehand."""
    groups = np.unique([one.letter.text for one in examples], return_inverse=True)[1]
    folds = min(FOLDS, int(groups.max()) + 1)
    if folds > 1:
        yield from GroupKFold(folds, shuffle=True, random_state=0).split(groups, groups=groups)


def _wanted(given: npt.NDArray[np.int64], choices: int) -> npt.NDArray[np.float32]:
    wanted = np.zeros((len(given), choices), dtype=np.float32)
    wanted[np.arange(len(given)), given] = 1
    return wanted


def _solved(
    alike: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], task: _Task
) -> dict[str, tuple[npt.NDArray[np.int64], Floats]]:
    """By kind: which of these letters have an answer, and how much each of them speaks for each choice.

    Kinds that are known of the same letters are solved together, as the dear part is theirs in common.
    """
    together: dict[bytes, list[str]] = {}
    known = {kind: rows[given[rows] >= 0] for kind, given in task.answers.items()}
    for kind, found in known.items():
        together.setdefault(found.tobytes(), []).append(kind)
    solved = {}
    for kinds in together.values():
        wanted = [_wanted(task.answers[kind][known[kind]], len(task.labels[kind])) for kind in kinds]
        dual = _regression(alike, known[kinds[0]], np.hstack(wanted))
        ends = np.cumsum([len(task.labels[kind]) for kind in kinds])[:-1]
        for kind, own in zip(kinds, np.split(dual, ends, axis=1), strict=True):
            solved[kind] = (known[kind], own)
    return solved


def _regression(alike: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], wanted: npt.NDArray[np.float32]) -> Floats:
    """Ridge regression. The one added to each likeness stands for the bias."""
    if not wanted.size:
        return wanted
    dual: Floats = KernelRidge(alpha=_SMOOTH, kernel="precomputed").fit(alike[np.ix_(rows, rows)] + 1, wanted).dual_coef_
    return dual.reshape(wanted.shape)


def _slope(scores: Floats, given: npt.NDArray[np.int64]) -> float:
    """With which slope the shares tell best what was chosen in the letters set apart."""
    known = np.flatnonzero(given >= 0)
    if not len(known) or scores.shape[1] < 2:
        return 1.0

    def surprise(slope: float) -> float:
        return float(-np.log(softmax(scores[known], slope)[np.arange(len(known)), given[known]] + 1e-12).mean())

    return float(minimize_scalar(surprise, bounds=(1.0, _STEEPEST), method="bounded").x)


def _habit(task: _Task, kind: str, smooth: float) -> Floats:
    """Of each topic: in which blocks its cases were, or to which recipients they went."""
    topic, other, choices = task.answers["topic"], task.answers[kind], len(task.labels[kind])
    counts = np.zeros((len(task.labels["topic"]), choices))
    both = (topic >= 0) & (other >= 0)
    np.add.at(counts, (topic[both], other[both]), 1)
    usual = np.bincount(other[other >= 0], minlength=choices) + _NOTHING
    counts += smooth * usual / usual.sum()
    found: Floats = counts / counts.sum(axis=1, keepdims=True)
    return found


def _model(matrix: _Matrix, task: _Task, slopes: Mapping[str, float], habits: tuple[Floats, Floats]) -> Model:
    """All letters together, as weights of features."""
    weights, bias = [], []
    solved = _solved(matrix.alike, np.arange(len(matrix.alike)), task)
    for kind in KINDS:
        known, dual = solved[kind]
        learned = (matrix.rows[known].T @ dual).astype(np.float32)
        weights.append((learned + np.asarray(task.named[kind].T.todense())).astype(np.float16))
        bias.append(dual.sum(axis=0))
    return Model(
        parts=matrix.parts,
        labels=task.labels,
        weights=np.hstack(weights),
        bias=np.concatenate(bias).astype(np.float64),
        slopes=slopes,
        block_of_topic=habits[0],
        recipient_of_topic=habits[1],
    )
