"""A letter taken to pieces within bounds: what no mail program writes and the library would read for hours is refused.

The bounds stand where the library builds its parts, so that nothing beyond them is parsed at all: its reading of a header's
parameters grows with the square of their number, and each line is tried against the boundaries of all the bundles around it.
"""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from typing import Any, Final

PARTS_MOST: Final = 200
DEPTH_MOST: Final = 20
HEADERS_MOST: Final = 256 * 1024  # signs of all the headers of all the parts
HEADER_MOST: Final = 64 * 1024  # of one: a letter to hundreds of people names them all
PARAMETERS_HEADER_MOST: Final = 8 * 1024  # of one whose parameters are read
PARAMETERS_MOST: Final = 100
LINES_MOST: Final = 1_000_000  # a letter of 40 MB in base64 has 550 000
LINES_BY_DEPTH_MOST: Final = 6_000_000


class Unreadable(Exception):
    """The bytes are no letter that can be read."""


class Bounds:
    """What one letter has spent of its bounds."""

    def __init__(self, raw: bytes) -> None:
        self.lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
        self._headers = self._parts = 0
        if self.lines > LINES_MOST:
            raise Unreadable("в письме слишком много строк")

    def header(self, name: str, size: int, parameters: int) -> None:
        """Another header, before it is read."""
        self._headers += size
        has_parameters = name.strip().lower().startswith("content-")
        if self._headers > HEADERS_MOST or size > (PARAMETERS_HEADER_MOST if has_parameters else HEADER_MOST):
            raise Unreadable("заголовки письма слишком велики")
        if has_parameters and parameters > PARAMETERS_MOST:
            raise Unreadable("в заголовке письма слишком много параметров")

    def part(self) -> None:
        """Another part, before it is read."""
        self._parts += 1
        if self._parts > PARTS_MOST:
            raise Unreadable(f"в письме больше {PARTS_MOST} частей")

    def bundle(self, depth: int) -> None:
        """A part within ``depth`` others."""
        if depth > DEPTH_MOST or depth * self.lines > LINES_BY_DEPTH_MOST:
            raise Unreadable("в письме слишком много вложенных друг в друга частей")


class _Policy(Compat32):
    """The library's own way with letters, each header weighed first."""

    bounds: Bounds | None = None

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        if self.bounds is not None:
            count = sum(line.count(";") for line in sourcelines)
            self.bounds.header(sourcelines[0].partition(":")[0], sum(map(len, sourcelines)), count)
        return super().header_source_parse(sourcelines)


class _Part(Message):
    """A part that knows how deep it lies."""

    depth = 0

    def __init__(self, policy: Any) -> None:
        super().__init__(policy)
        if policy.bounds is not None:
            policy.bounds.part()

    def attach(self, payload: Any) -> None:
        payload.depth = self.depth + 1
        bounds = getattr(self.policy, "bounds", None)
        if bounds is not None:
            bounds.bundle(payload.depth)
        super().attach(payload)


def parsed(raw: bytes) -> Message:
    """The letter and its parts. Raises Unreadable, in words, before anything beyond the bounds is read."""
    ours: dict[str, Any] = {"message_factory": _Part, "bounds": Bounds(raw)}
    return BytesParser(policy=_Policy(**ours)).parsebytes(raw)
