"""The demo: invented people of both Centers and messages of our own writing, passed through the real services."""

from messages.demo.cast import SignIn, sign_ins

__all__ = ["SignIn", "sign_ins"]
