"""Files from people: what they are is told by their content, what they would give away is taken out, nothing in them runs."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from PIL import Image, PngImagePlugin

from mcu import uploads
from mcu.errors import Invalid, NotFound
from mcu.uploads.limits import UploadLimitMiddleware

PLACE = b"GPSPLACE-46.95N-142.73E"


def accept(content: bytes, name: str = "файл") -> uploads.Accepted:
    return uploads.accept(SimpleUploadedFile(name, content, "application/octet-stream"))


def refusal(content: bytes, name: str = "файл") -> str:
    with pytest.raises(Invalid) as error:
        accept(content, name)
    assert error.value.message.startswith("Файл «")
    assert "Принимаются изображения JPEG" in error.value.fields["file"]
    return error.value.message


def kept(accepted: uploads.Accepted) -> bytes:
    accepted.content.seek(0)
    return bytes(accepted.content.read())


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((20, 60, 200), (0, 0, size[0] // 2, size[1]))
    image.save(out, form, **options)
    return out.getvalue()


def with_place(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Телефон".encode().decode("latin-1")
    exif[0x010E] = PLACE.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (46.0, 57.0, 0.0), 3: "E", 4: (142.0, 44.0, 0.0)})
    return exif


def document() -> bytes:
    out = io.BytesIO()
    made = docx.Document()
    made.add_paragraph("Прошу отремонтировать дорогу")
    made.save(out)
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def odf(kind: str, **more: bytes) -> bytes:
    files = {"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(), "content.xml": b"<a/>"}
    return archive({**files, **{name.replace("__", "/"): content for name, content in more.items()}}, zipfile.ZIP_STORED)


def repacked(content: bytes, change: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        files = {name: old.read(name) for name in old.namelist()}
    return archive({**files, **change})


def boxes(brand: bytes, *, movie: bool = True) -> bytes:
    made = struct.pack(">I4s4sI4s", 20, b"ftyp", brand, 0, brand) + struct.pack(">I4s", 16, b"mdat") + b"12345678"
    return made + (struct.pack(">I4s", 12, b"moov") + b"abcd" if movie else b"")


def mp3(*, tag: bool) -> bytes:
    frame = b"\xff\xfb\x90\x44" + b"\x00" * (417 - 4)
    return (b"ID3\x04\x00\x00\x00\x00\x00\x0a" + b"\x00" * 10 if tag else b"") + frame * 3


OGG = b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead" + b"\x00" * 60

TAKEN: list[tuple[str, bytes, str, str]] = [
    ("снимок.jpg", picture(), "image/jpeg", "снимок.jpg"),
    ("снимок.JPEG", picture(), "image/jpeg", "снимок.jpeg"),
    ("снимок.png", picture("PNG"), "image/png", "снимок.png"),
    ("снимок.webp", picture("WEBP"), "image/webp", "снимок.webp"),
    ("снимок.gif", picture("GIF"), "image/gif", "снимок.gif"),
    ("план.pdf", b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n%%EOF", "application/pdf", "план.pdf"),
    ("письмо.docx", document(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "письмо.docx"),
    ("смета.xlsx", workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "смета.xlsx"),
    ("письмо.odt", odf("text"), "application/vnd.oasis.opendocument.text", "письмо.odt"),
    ("смета.ods", odf("spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet", "смета.ods"),
    ("письмо.rtf", b"{\\rtf1\\ansi \\u1055? }", "application/rtf", "письмо.rtf"),
    ("заметка.txt", "Яма у дома 5 <очень глубокая>".encode(), "text/plain", "заметка.txt"),
    ("старая.txt", "Яма у дома 5".encode("cp1251"), "text/plain", "старая.txt"),
    ("блокнот.txt", "Яма у дома 5".encode("utf-16"), "text/plain", "блокнот.txt"),
    ("список.csv", "улица;дом\nЛенина;5\n".encode(), "text/csv", "список.csv"),
    ("видео.mp4", boxes(b"isom"), "video/mp4", "видео.mp4"),
    ("видео.mov", boxes(b"qt  "), "video/quicktime", "видео.mov"),
    ("видео.mov", boxes(b"qt  ")[20:], "video/quicktime", "видео.mov"),
    ("видео.3gp", boxes(b"3gp4"), "video/3gpp", "видео.3gp"),
    ("звонок.m4a", boxes(b"M4A "), "audio/mp4", "звонок.m4a"),
    ("звонок.mp3", mp3(tag=True), "audio/mpeg", "звонок.mp3"),
    ("звонок.mp3", mp3(tag=False), "audio/mpeg", "звонок.mp3"),
    ("голос.ogg", OGG, "audio/ogg", "голос.ogg"),
    # The name lies, the content does not.
    ("снимок.png", picture(), "image/jpeg", "снимок.jpg"),
    ("счёт.pdf.exe", b"%PDF-1.7\n", "application/pdf", "счёт.pdf"),
    ("снимок.html", picture("PNG"), "image/png", "снимок.png"),
    ("Письмо от 12.05.2026", b"%PDF-1.7\n", "application/pdf", "Письмо от 12.05.2026.pdf"),
]


@pytest.mark.parametrize(("name", "content", "content_type", "shown"), TAKEN)
def test_a_file_is_what_stands_in_it(name: str, content: bytes, content_type: str, shown: str) -> None:
    accepted = accept(content, name)
    assert accepted.content_type == content_type
    assert accepted.name == shown
    assert accepted.size == len(kept(accepted))
    assert accepted.sha256 == hashlib.sha256(kept(accepted)).hexdigest()


REFUSED: list[tuple[str, bytes, str]] = [
    ("отчёт.pdf", b"MZ\x90\x00" + b"\x00" * 300, "программа для Windows"),
    ("снимок.jpg", b"\x7fELF\x02" + b"\x00" * 300, "это программа"),
    ("страница.txt", b"  <!DOCTYPE html><html><script>alert(1)</script>", "веб-страница"),
    ("рисунок.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "веб-страница"),
    ("рисунок.svg", b'<?xml version="1.0"?><svg/>', "веб-страница"),
    ("заметка.txt", "Письмо\n<script src='x'>".encode(), "веб-страница"),
    ("запуск.txt", b"#!/bin/sh\nrm -rf /\n", "сценарий"),
    ("запуск.bat", b"del *.*\r\n", "сценарий"),
    ("вход.url", b"URL=http://example.org\n", "ярлык"),
    ("письмо.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "старого Word"),
    ("архив.zip", archive({"a.txt": b"text"}), "архив"),
    ("архив.rar", b"Rar!\x1a\x07\x00", "архив"),
    ("снимок.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
    ("снимок.tif", b"II*\x00" + b"\x00" * 100, "TIFF"),
    ("видео.mp4", boxes(b"isom", movie=False), "повреждена"),
    ("видео.ogv", b"OggS\x00\x02" + b"\x00" * 22 + b"\x80theora", "не звук"),
    ("звонок.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\x01\x02\x03\x04" * 50, "не принимаются"),
    ("нечто.txt", bytes(range(256)), "не принимаются"),
    ("пусто.txt", b"", "пустой"),
    ("снимок.jpg", picture()[:300], "повреждено"),
    ("снимок.png", b"\x89PNG\r\n\x1a\n" + b"junk" * 20, "повреждено"),
    ("письмо.docx", document()[:-40], "повреждён"),
    ("письмо.rtf", b"{\\rtf1 {\\object\\objdata 0105}}", "вложен объект"),
    ("письмо.docx", repacked(document(), {"word/vbaProject.bin": b"\xd0\xcf"}), "макросы"),
    ("письмо.docx", repacked(document(), {"word/activeX/activeX1.bin": b"x"}), "макросы"),
    ("письмо.odt", odf("text", Basic__Standard__Module1=b"sub"), "макросы"),
    ("письмо.odt", odf("text", **{"META-INF__manifest": b""}, **{"META-INF__manifest.xml": b"<encryption-data/>"}), "паролем"),
    ("презентация.odp", odf("presentation"), "ODT и ODS"),
]


@pytest.mark.parametrize(("name", "content", "words"), REFUSED)
def test_what_could_run_or_can_not_be_read_is_refused_in_words(name: str, content: bytes, words: str) -> None:
    assert words in refusal(content, name)


@pytest.mark.parametrize(
    ("content", "taken"),
    [("текст;<script>alert(1)</script>\n", True), ("<script>;а\n", True), ("<!DOCTYPE html>;а\n", True), ("а;\x00\n", False)],
)
def test_markup_in_the_cells_of_a_table_is_text_where_tables_are_read(content: str, taken: bool) -> None:
    file = SimpleUploadedFile("таблица.csv", content.encode(), "text/csv")
    if taken:
        assert uploads.accept_table(file).kind == "csv"
        assert "веб-страница" in refusal(content.encode(), "таблица.csv")
    else:
        with pytest.raises(Invalid):
            uploads.accept_table(file)


def test_a_macro_document_under_a_plain_name_is_refused() -> None:
    plain = document()
    with zipfile.ZipFile(io.BytesIO(plain)) as old:
        directory = old.read("[Content_Types].xml")
    macro = directory.replace(
        b"vnd.openxmlformats-officedocument.wordprocessingml.document.main", b"vnd.ms-word.document.macroEnabled.main"
    )
    assert macro != directory
    assert "макросы" in refusal(repacked(plain, {"[Content_Types].xml": macro}), "письмо.docx")
    hidden = directory.replace(b"wordprocessingml.document.main", b"wordprocessingml.document&#46;main")
    assert "повреждён" in refusal(repacked(plain, {"[Content_Types].xml": hidden}), "письмо.docx")


def test_a_bomb_in_a_document_is_not_unpacked() -> None:
    bomb = repacked(document(), {"word/media/image1.bmp": b"\x00" * (60 * 1024 * 1024)})
    assert len(bomb) < 200_000
    assert "слишком велик" in refusal(bomb, "письмо.docx")


def test_a_document_with_a_password_is_refused() -> None:
    plain = bytearray(odf("text"))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := plain.find(sign, start)) >= 0:
            plain[start + place] |= 1
            start += 4
    assert "паролем" in refusal(bytes(plain), "письмо.odt")


@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {"comment": PLACE}), ("PNG", {}), ("WEBP", {"xmp": PLACE}), ("GIF", {"comment": PLACE})]
)
def test_a_picture_keeps_its_points_and_loses_its_story(form: str, options: dict[str, Any]) -> None:
    if form == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", PLACE.decode())
        notes.add_itxt("XML:com.adobe.xmp", PLACE.decode())
        options = {"pnginfo": notes}
    if form != "GIF":
        options = {**options, "exif": with_place()}
    given = picture(form, **options) + PLACE  # and a tail after the picture's end
    assert PLACE in given
    made = kept(accept(given, "снимок"))
    assert PLACE not in made
    assert b"Exif" not in made
    with Image.open(io.BytesIO(made)) as clean, Image.open(io.BytesIO(given)) as old:
        assert clean.format == old.format
        assert clean.size == (40, 20)
        assert not clean.getexif()
        red, _, blue = clean.convert("RGB").getpixel((35, 10))  # type: ignore[misc]
        assert red > 150 > blue


@pytest.mark.parametrize(("form", "orientation"), [("JPEG", 6), ("JPEG", 8), ("WEBP", 6), ("PNG", 6)])
def test_a_picture_is_turned_the_right_side_up(form: str, orientation: int) -> None:
    made = kept(accept(picture(form, exif=with_place(orientation)), "снимок"))
    with Image.open(io.BytesIO(made)) as clean:
        assert clean.size == (20, 40)
        assert not clean.getexif()


def test_a_moving_picture_still_moves() -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0, comment=PLACE)
    made = kept(accept(out.getvalue(), "кино.gif"))
    assert PLACE not in made
    with Image.open(io.BytesIO(made)) as clean:
        assert getattr(clean, "n_frames", 1) == 3


def test_a_bomb_in_a_picture_is_refused_before_it_is_painted() -> None:
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    assert "81 мегапикс" in refusal(out.getvalue(), "снимок.png")
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert "мегапикс" in refusal(out.getvalue(), "снимок.png")


def test_a_large_file_is_refused_by_its_size() -> None:
    with pytest.raises(Invalid, match="в нём 1,5 МБ, а принимается до 1 МБ"):
        uploads.accept(SimpleUploadedFile("видео.mp4", b"x" * (3 * 512 * 1024)), limit=1024 * 1024)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\Иван\\жалоба.txt", "жалоба.txt"),
        ("отчёт\u202etxt.акт", "отчётtxt.акт.txt"),
        ("а\x00б\u200b\nв.txt", "абв.txt"),
        ("  много   места .txt", "много места.txt"),
        ('a<b>:"|?*c.txt', "a_b_c.txt"),
        (".htaccess", "htaccess.txt"),
        ("CON.txt", "_CON.txt"),
        ("", "файл.txt"),
        (".txt", "файл.txt"),
        ("письмо.php.txt", "письмо.txt"),
        ("и\u0306од.txt", "йод.txt"),
    ],
)
def test_a_name_is_only_a_name(raw: str, clean: str) -> None:
    file = SimpleUploadedFile("x", "Текст".encode())
    file._name = raw  # type: ignore[attr-defined]  # past Django's own cleaning
    assert uploads.accept(file).name == clean


def test_a_text_that_calls_itself_a_program_is_refused() -> None:
    assert "сценарий" in refusal("Текст".encode(), "отчёт\u202etxt.exe")


def test_a_long_name_is_shortened_to_whole_letters() -> None:
    name = accept("Текст".encode(), "я" * 300 + ".txt").name
    assert name.endswith("я.txt")
    assert len(name.encode()) <= 184


def test_a_kept_file_lies_under_a_random_name_and_comes_back_whole() -> None:
    accepted = accept(picture("PNG"), "жалоба.png")
    with uploads.stored(accepted) as path:
        pass
    assert "жалоба" not in path
    assert not Path(path).suffix
    assert Path(default_storage.path(path)).stat().st_mode & 0o077 == 0
    with uploads.opened(path) as file:
        assert hashlib.sha256(file.read()).hexdigest() == accepted.sha256
    uploads.discard(path)
    with pytest.raises(NotFound, match="Файла нет в хранилище"):
        uploads.opened(path)
    uploads.discard(path)  # twice does no harm


def keep_and_stumble(paths: list[str]) -> None:
    with uploads.stored(accept(b"%PDF-1.4\n", "a.pdf")) as path:
        paths.append(path)
        raise NotFound("Строка не записана.")


def test_a_file_whose_row_was_not_written_does_not_stay() -> None:
    paths: list[str] = []
    with pytest.raises(NotFound):
        keep_and_stumble(paths)
    assert not default_storage.exists(paths[0])


def test_a_large_file_goes_from_the_disk_to_the_disk() -> None:
    file = TemporaryUploadedFile("видео.mp4", "video/mp4", 0, None)
    file.write(boxes(b"isom"))
    file.size = file.tell()
    with uploads.stored(uploads.accept(file)) as path:
        assert default_storage.size(path) == len(boxes(b"isom"))
    file.close()
    uploads.discard(path)


def told(response: FileResponse) -> bytes:
    return b"".join(response)


def test_a_file_is_handed_out_so_that_nothing_in_it_runs() -> None:
    response = uploads.download_bytes(b"%PDF-1.4", name="Ответ на обращение.pdf", content_type="application/pdf")
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%D0%9E%D1%82")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "private, no-store"
    assert told(response) == b"%PDF-1.4"
    shown = uploads.download_bytes(b"%PDF-1.4", name="a.pdf", content_type="application/pdf", inline=True)
    assert shown.headers["Content-Disposition"].startswith("inline")
    text = uploads.download_bytes(b"<b>", name="a.txt", content_type="text/plain", inline=True)
    assert text.headers["Content-Disposition"].startswith("attachment")


class NotRead(io.RawIOBase):
    """A body of which every byte that is read is counted."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        taken = min(self.left, size if size >= 0 else self.left)
        self.left -= taken
        return b"x" * taken


@pytest.mark.django_db
@pytest.mark.parametrize(("takes", "words"), [(True, "за один раз принимается до 64 МБ"), (False, "не принимает файлы")])
def test_two_hundred_megabytes_are_refused_with_a_page_before_they_are_parsed(takes: bool, words: str) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise AssertionError

    body = NotRead(200 * 1024 * 1024)
    request = RequestFactory().post("/okt/x", data={})
    request.META.update({"CONTENT_LENGTH": str(body.left), "CONTENT_TYPE": "multipart/form-data; boundary=x"})
    request = type(request)({**request.environ, **request.META, "wsgi.input": body})
    request.user = type("Nobody", (), {"is_authenticated": False})()
    asked = uploads.takes_files(view) if takes else view
    response = UploadLimitMiddleware(view).process_view(request, asked, (), {})
    assert response is not None
    assert response.status_code == 413
    assert words in response.content.decode()
    assert "написанное осталось в форме" in response.content.decode()


@pytest.mark.django_db
def test_a_page_that_takes_no_files_refuses_them(client: Client) -> None:
    big = SimpleUploadedFile("a.bin", b"x" * (3 * 1024 * 1024))
    response = client.post("/accounts/login/", {"login": "a", "password": "b", "file": big})
    assert response.status_code == 413
    assert "не принимает файлы" in response.content.decode()


@pytest.mark.django_db
def test_too_many_files_at_once_are_refused_in_words() -> None:
    many = {f"f{number}": SimpleUploadedFile("a.txt", b"x") for number in range(11)}
    response = Client().post("/accounts/login/", many)
    assert response.status_code == 400
    assert "слишком много файлов" in response.content.decode()
