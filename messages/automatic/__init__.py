"""Auto-rules over plain facts: what a rule asks of a message and which of the rules acts. Pure: no database, no clock."""

from messages.automatic.rules import Decision, Facts, Hint, Rule, decide
from messages.automatic.words import Phrase, Text, phrase_of

__all__ = ["Decision", "Facts", "Hint", "Phrase", "Rule", "Text", "decide", "phrase_of"]
