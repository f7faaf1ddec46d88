"""A form with one file, as programs send it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, Final

from django.core.files.uploadedfile import UploadedFile
from rest_framework import exceptions, parsers
from rest_framework.parsers import DataAndFiles
from rest_framework.request import Request

from mcu import uploads
from mcu.json_body import refuse_unreadable
from mcu.problems import printable

MAX_BODY: Final = uploads.LIMIT + 1024 * 1024


class FormParser(parsers.MultiPartParser):
    """``multipart/form-data`` of bearable size; what is none is refused in words of ours."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles[Any, Any]:
        request = (parser_context or {}).get("request")
        if isinstance(request, Request):
            refuse_unreadable(request, limit=MAX_BODY)
        try:
            return super().parse(stream, media_type, dict(parser_context or {}))
        except exceptions.ParseError:
            raise exceptions.ParseError("Форма с файлом составлена неверно или оборвана; ничего не сохранено.") from None


def one_file(request: Request) -> UploadedFile[Any]:
    """The one file of the form, in the field ``file``; nothing else may stand in it."""
    wrong = {printable(name): ["Неизвестное поле. Известны: file."] for name in request.data if name != "file"}
    files = request.FILES.getlist("file")
    if len(files) != 1:
        wrong["file"] = ["Нужен один файл в поле file." if not files else "За один вызов передаётся один файл."]
    if wrong:
        raise exceptions.ValidationError(wrong)
    file: UploadedFile[Any] = files[0]
    return file
