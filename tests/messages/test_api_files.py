"""Files of a message through the interface: passed on, listed, read back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from mcu.clock import utc_now
from messages.models import Attachment, Message, MessageEvent
from messages.services import attachments
from messages.services.attachments import StoredFile
from tests.cast import Cast
from tests.messages.pushing import ADDRESS, Pusher, a_message, pusher
from tests.messages.scenes import IM, Scene


@pytest.fixture(autouse=True)
def kept(settings: Settings, tmp_path: Path) -> Path:
    """A folder of files of this test alone, and fresh limits."""
    cache.clear()
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}
    return tmp_path


@pytest.fixture
def im(okt: Cast) -> Pusher:
    return pusher(okt.center, "im")


@pytest.fixture
def message(im: Pusher) -> Message:
    return Message.objects.select_related("center", "source").get(number=im.post(a_message()).json()["number"])


def picture(name: str = "яма.jpg", colour: str = "red") -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def put(one: Pusher, message: Message, form: Any, **headers: str) -> Any:
    http = Client(raise_request_exception=False)
    return http.post(f"{ADDRESS}{message.number}/attachments/", form, headers={**one.headers, **headers})


def count(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


def test_a_file_is_taken_listed_and_read_back(im: Pusher, message: Message) -> None:
    response = put(im, message, {"file": picture()})
    assert response.status_code == 201, response.content
    row = Attachment.objects.get()
    assert (row.kind, row.client_id, row.uploaded_by_id, row.name) == ("message", im.client.pk, None, "яма.jpg")
    assert MessageEvent.objects.filter(message=message, code="files_added", client_id=im.client.pk).exists()
    assert im.call("GET", f"messages/{message.number}/attachments/").json()["items"] == [response.json()]

    address = response["Location"].removeprefix("/api/v1/")
    file = im.call("GET", address)
    assert file.status_code == 200
    assert file["Content-Type"] == "image/jpeg"
    assert b"".join(file.streaming_content)[:3] == b"\xff\xd8\xff"
    assert im.call("GET", address, headers={"If-None-Match": file["ETag"]}).status_code == 304


def test_the_same_file_again_is_kept_once(im: Pusher, message: Message, kept: Path) -> None:
    first = put(im, message, {"file": picture()}).json()
    again = put(im, message, {"file": picture("другое имя.jpg")})
    assert (again.status_code, again.json()) == (200, first)
    assert Attachment.objects.count() == count(kept) == 1


def test_a_call_under_a_key_is_known_by_the_file_and_not_by_the_form_around_it(im: Pusher, message: Message) -> None:
    key = {"Idempotency-Key": "f-1"}
    first = put(im, message, {"file": picture()}, **key)
    again = put(im, message, {"file": picture()}, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotent-Replayed"] == "true"
    assert put(im, message, {"file": picture(colour="blue")}, **key).status_code == 422


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"file": "words"}, 400),
        ({"file": [picture(), picture("b.jpg", "blue")]}, 400),
        ({"file": picture(), "kind": "answer"}, 400),
        ({"file": SimpleUploadedFile("a.exe", b"MZ\x90\x00" * 20)}, 400),
        ({"file": SimpleUploadedFile("a.txt", b"")}, 400),
        ({"file": SimpleUploadedFile("a.txt", b"a" * (22 * 1024 * 1024))}, 413),
        ({"file": SimpleUploadedFile("a.txt", b"a" * (65 * 1024 * 1024))}, 413),
    ],
    ids=["nothing", "words", "two", "another field", "a program", "empty", "large", "enormous"],
)
def test_what_is_no_single_good_file_is_refused(
    im: Pusher, message: Message, kept: Path, form: dict[str, Any], status: int
) -> None:
    response = put(im, message, form)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert not Attachment.objects.exists()
    assert count(kept) == 0


def test_a_broken_form_and_another_kind_of_body_are_refused(im: Pusher, message: Message) -> None:
    address = f"messages/{message.number}/attachments/"
    assert im.call("POST", address, b"--x", content_type="multipart/form-data; boundary=x").status_code == 400
    assert im.call("POST", address, b"--x", content_type="multipart/form-data").status_code == 400
    told = im.call("POST", address, {})
    assert (told.status_code, "multipart/form-data" in told.json()["detail"]) == (415, True)


def test_once_work_is_done_no_file_is_taken(im: Pusher, okt: Cast, message: Message, kept: Path) -> None:
    Scene(okt, IM, message, utc_now()).redirect()
    assert put(im, message, {"file": picture()}).status_code == 409
    assert count(kept) == 0


def test_files_of_the_answer_come_once_it_is_sent_and_files_of_the_staff_never(im: Pusher, okt: Cast, message: Message) -> None:
    scene = Scene(okt, IM, message, utc_now())

    def add(name: str, by: str, kind: str) -> None:
        file = StoredFile(f"files/{name}", name, "text/plain", 10, f"{hash(name) % 10**9:064d}")
        scene.act(attachments.add, by, kind=kind, files=[file])

    scene.assign()
    scene.draft()
    add("к ответу.txt", "roads", "answer")
    add("служебное.txt", "roads", "internal")
    add("от куратора.txt", "im", "message")
    address = f"messages/{message.number}/attachments/"
    assert im.call("GET", address).json()["items"] == []
    for step in ("submit", "agree", "approve", "send"):
        getattr(scene, step)()
    assert [row["name"] for row in im.call("GET", address).json()["items"]] == ["к ответу.txt"]
    staff = Attachment.objects.get(name="от куратора.txt")
    assert im.call("GET", f"{address}{staff.pk}/").status_code == 404


def test_files_of_another_client_are_not_there(im: Pusher, okt: Cast, message: Message) -> None:
    row = put(im, message, {"file": picture()}).json()
    other = pusher(okt.center, "im", name="Другая")
    assert other.call("GET", f"messages/{message.number}/attachments/{row['id']}/").status_code == 404
    assert put(other, message, {"file": picture()}).status_code == 404
