"""What can go wrong with the embedded servers and that a person can put right."""


class EmbeddedError(Exception):
    """The servers could not be started or stopped; the text says what to do (Russian)."""
