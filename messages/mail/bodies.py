"""The words and the files of a letter, out of whatever parts it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from html import unescape
from typing import Final

from html2text import HTML2Text

from messages.mail.charsets import decoded, header_words

FILES_MOST: Final = 60
NAME_MOST: Final = 2_000
TEXT_MOST: Final = 1_000_000  # signs of all the words that are read
HTML_MOST: Final = 400_000  # signs of all the markup that are read
_UNCLOSED, _NESTED, _ENTITIES = 200, 1000, 20_000
_LINES_BY_NESTED: Final = 3_000_000  # the parser sets every line in by all the lists and quotes around it
_ESCAPED: Final = re.compile(r"\\([-+.()#*_!`\[\]\\>])")
_MANY_LINES: Final = re.compile(r"\n{3,}")
_DEEP: Final = re.compile(r"(?i)<(?:ul|ol|dl|blockquote|pre)\b")
_LINES: Final = re.compile(r"(?i)</?(?:p|div|br|li|tr|h\d|table|blockquote|pre)\b[^<>]*>")
_MARKS: Final = re.compile(r"<[^<>]*>")
_TORN: Final = re.compile(rb"[\xc0-\xff]?[\x80-\xbf]{0,3}\Z")
_ONLY_HTML: Final = re.compile(
    r"(?i)(?:не поддерживает|not support|в формате|версия) ?(?:просмотр |display )?(?:писем в )?html"
)
_TEXT_TYPES: Final = ("text/plain", "text/html")
_BLANK: Final = re.compile(r"\s{3,}")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a letter as its sender named it; what it really is, mcu.uploads tells."""

    name: str
    content: bytes


@dataclass(slots=True)
class Body:
    """What a letter says: ``plain`` and ``html`` are two ways of saying one thing, ``text`` what is made of them, once."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)  # files beyond what is taken
    text: str = ""
    is_cut: bool = False  # there were more words than are read

    def add(self, content: bytes, charset: str, *, is_plain: bool) -> None:
        """Words, as many as there is room for."""
        place, most = (self.plain, TEXT_MOST) if is_plain else (self.html, HTML_MOST)
        room = most - sum(map(len, place))
        words = decoded(_start(content, 4 * room), charset) if room > 0 else ""
        self.is_cut = self.is_cut or len(content) > 4 * room or len(words) > room
        place.append(words[:room])


def _start(content: bytes, most: int) -> bytes:
    """As many bytes, without the beginning of a sign at their end: it would make UTF-8 look like something else."""
    if len(content) <= most:
        return content
    return content[: most - 4] + _TORN.sub(b"", content[most - 4 : most])


def text_of(body: Body) -> str:
    """Plain words where there are any, else those of the markup."""
    plain = "\n\n".join(words for one in body.plain if (words := one.strip()))
    if plain and not (body.html and _ONLY_HTML.search(plain[:300])):
        return _tidy(plain)
    return "\n\n".join(words for one in body.html if (words := text_of_html(one)))


def body_of(letter: Message) -> Body:
    """Every part in its place: words, files; what is inside a forwarded letter comes as its words and files."""
    body = Body()
    for part in _leaves(letter):
        name = file_name(part)
        content = _content(part)
        is_text = part.get_content_type() in _TEXT_TYPES and not _is_attached(part, name)
        if is_text:
            charset = str(part.get_param("charset", "") or "")
            body.add(content, charset, is_plain=part.get_content_type() == "text/plain")
        elif content and _is_file(part, name):
            name = name or _made_name(part, len(body.files))
            if len(body.files) < FILES_MOST:
                body.files.append(File(name, content))
            else:
                body.dropped.append(name)
    body.text = text_of(body)
    return body


def text_of_html(markup: str) -> str:
    """The words of a page of markup, in lines as they were set, without signs of another markup."""
    markup = _BLANK.sub("\n\n", markup[:HTML_MOST])  # over long runs of line ends the parser takes minutes
    words = "" if _is_trap(markup) else _tidy(_ESCAPED.sub(r"\1", _reader().handle(markup)))
    # A head or style that nobody closed hides all the rest: then without the marks alone.
    return words or _tidy(unescape(_MARKS.sub(" ", _LINES.sub("\n", markup))))


def _is_trap(markup: str) -> bool:
    """Marks that nobody closes, lists within lists by thousands: over such pages the parser takes hours."""
    open_marks = max(markup.count("<") - markup.count(">"), markup.count("<!") - markup.count("-->"))
    nested = len(_DEEP.findall(markup))
    is_deep = nested > _NESTED or nested * len(_LINES.findall(markup)) > _LINES_BY_NESTED
    return open_marks > _UNCLOSED or is_deep or markup.count("&") > _ENTITIES


def _reader() -> HTML2Text:
    reader = HTML2Text(bodywidth=0)
    reader.ignore_links = reader.ignore_images = reader.ignore_emphasis = True
    reader.ignore_tables = reader.unicode_snob = True
    reader.single_line_break = False
    return reader


def file_name(part: Message) -> str:
    """The name of a part's file in words; "" where it has none."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            given = part.get_param(parameter, None, header)
        except (ValueError, LookupError, TypeError):
            given = None
        if isinstance(given, tuple):  # RFC 2231: charset, language, value
            return header_words(decoded(given[2][:NAME_MOST].encode("latin-1", "surrogateescape"), given[0] or ""))
        if given:
            return header_words(str(given)[:NAME_MOST])
    return ""


def _leaves(letter: Message) -> Iterator[Message]:
    """Parts that are no bundles; a letter within the letter is opened, too."""
    return (part for part in letter.walk() if not part.is_multipart())


def _content(part: Message) -> bytes:
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        found = None
    return found if isinstance(found, bytes) else b""


def _is_attached(part: Message, name: str) -> bool:
    said = str(part.get("content-disposition", "") or "").strip().lower()
    return said.startswith("attachment") or bool(name)


def _is_file(part: Message, name: str) -> bool:
    """Not the small print of machines: signatures, calendars of a meeting without a name, receipts."""
    kind = part.get_content_type()
    if kind in ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"):
        return False
    if kind.startswith(("message/", "multipart/")) or (kind == "text/calendar" and not name):
        return False
    # A picture shown within the text (a logo in a signature) is a file only where it is more than a mark.
    inline = str(part.get("content-disposition", "") or "").lower().startswith("inline") or part.get("content-id")
    return not (kind.startswith("image/") and inline and len(_content(part)) < 10_000 and not _is_photo(name))


def _is_photo(name: str) -> bool:
    return bool(re.match(r"(?i)(?:img|dsc|photo|фото|pxl|screenshot)", name))


def _made_name(part: Message, place: int) -> str:
    ending = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf", "text/plain": "txt"}.get(
        part.get_content_type(), part.get_content_subtype()[:5]
    )
    return f"вложение {place + 1}.{ending}"


def _tidy(words: str) -> str:
    lines = (line.rstrip() for line in words.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()
