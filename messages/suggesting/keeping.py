"""A model as bytes and back: plain numpy arrays, never code; every shape and size is checked before use. Pure."""

from __future__ import annotations

import io
import math
import zipfile
from typing import Final

import numpy as np
import numpy.typing as npt

from messages.suggesting.model import KINDS, PARTS, Model, Part

VERSION: Final = 1
LARGEST: Final = 30_000_000  # bytes as they are kept
_LARGEST_OPENED: Final = 120_000_000
_MOST_ARRAYS: Final = 40


class BrokenModel(ValueError):
    """What is kept is no model of this version."""


def to_bytes(model: Model) -> bytes:
    """The model as an archive of arrays."""
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "version": np.array([VERSION], dtype=np.int64),
        "weights": model.weights,
        "bias": model.bias.astype(np.float64),
        "slopes": np.array([model.slopes[kind] for kind in KINDS], dtype=np.float64),
        "block_of_topic": model.block_of_topic.astype(np.float32),
        "recipient_of_topic": model.recipient_of_topic.astype(np.float32),
    }
    for kind in KINDS:
        arrays[f"labels_{kind}"] = np.array(model.labels[kind], dtype=np.str_)
    for name, part in zip(PARTS, model.parts, strict=True):
        arrays[f"terms_{name}"] = _packed(part.terms)
        arrays[f"rarity_{name}"] = part.rarity.astype(np.float64)
        arrays[f"weight_{name}"] = np.array([part.weight], dtype=np.float64)
    kept = io.BytesIO()
    np.savez_compressed(kept, allow_pickle=False, **arrays)
    return kept.getvalue()


def from_bytes(kept: bytes) -> Model:
    """The model again. Raises ``BrokenModel`` for anything that does not fit together."""
    if len(kept) > LARGEST:
        raise BrokenModel("too large")
    try:
        arrays = _opened(kept)
        if arrays["version"].tolist() != [VERSION]:
            raise BrokenModel("another version")
        return _checked(_model(arrays))
    except Exception as broken:  # whatever an archive that somebody has changed makes the libraries say, memory included
        raise BrokenModel(f"{type(broken).__name__}: {broken}") from broken


def _opened(kept: bytes) -> dict[str, npt.NDArray[np.generic]]:
    with zipfile.ZipFile(io.BytesIO(kept)) as archive:
        entries = archive.infolist()
        if len(entries) > _MOST_ARRAYS or sum(entry.file_size for entry in entries) > _LARGEST_OPENED:
            raise BrokenModel("too large when opened")
        for entry in entries:
            _check_header(archive, entry)
    with np.load(io.BytesIO(kept), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _check_header(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """An array must be as large as it says it is, before room is made for it."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BrokenModel("another compression")
    with archive.open(entry) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise BrokenModel("another sort of array")
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype.hasobject or min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != entry.file_size - file.tell():
            raise BrokenModel("an array is not as large as it says")


def _model(arrays: dict[str, npt.NDArray[np.generic]]) -> Model:
    parts = []
    for name in PARTS:
        weight = float(_floats(arrays[f"weight_{name}"])[0])
        parts.append(Part.of(_unpacked(arrays[f"terms_{name}"]), _floats(arrays[f"rarity_{name}"]), weight))
    slopes = _floats(arrays["slopes"]).tolist()
    return Model(
        parts=tuple(parts),
        labels={kind: tuple(map(str, arrays[f"labels_{kind}"].tolist())) for kind in KINDS},
        weights=np.asarray(arrays["weights"], dtype=np.float16),
        bias=_floats(arrays["bias"]),
        slopes=dict(zip(KINDS, slopes, strict=True)),
        block_of_topic=_floats(arrays["block_of_topic"]),
        recipient_of_topic=_floats(arrays["recipient_of_topic"]),
    )


def _floats(array: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    found = np.asarray(array, dtype=np.float64)
    if not np.isfinite(found).all():
        raise BrokenModel("not a number")
    return found


def _checked(model: Model) -> Model:
    blocks, topics, recipients = (len(model.labels[kind]) for kind in KINDS)
    features = sum(len(part.terms) for part in model.parts)
    fits = (
        model.weights.shape == (features, blocks + topics + recipients)
        and model.bias.shape == (blocks + topics + recipients,)
        and model.block_of_topic.shape == (topics, blocks)
        and model.recipient_of_topic.shape == (topics, recipients)
        and all(part.rarity.shape == (len(part.terms),) for part in model.parts)
        and bool(np.isfinite(model.weights).all())
    )
    if not fits:
        raise BrokenModel("the shapes do not fit together")
    return model


def _packed(terms: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    """One line a term, as UTF-8: an array of strings would give the shortest the room of the longest."""
    return np.frombuffer("\n".join(terms).encode(), dtype=np.uint8)


def _unpacked(packed: npt.NDArray[np.generic]) -> list[str]:
    text = np.asarray(packed, dtype=np.uint8).tobytes().decode()
    return text.split("\n") if text else []
