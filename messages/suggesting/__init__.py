"""Suggestions learned from decided cases: words in, shares of certainty out. Pure; scikit-learn only where it learns."""

from messages.suggesting.keeping import BrokenModel, from_bytes, to_bytes
from messages.suggesting.measuring import Accuracy, OfChoice, accuracy_of
from messages.suggesting.model import KINDS, Choice, Letter, Model

__all__ = [
    "KINDS",
    "Accuracy",
    "BrokenModel",
    "Choice",
    "Letter",
    "Model",
    "OfChoice",
    "accuracy_of",
    "from_bytes",
    "to_bytes",
]
