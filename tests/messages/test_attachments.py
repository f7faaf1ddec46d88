"""Files of a case: who adds and removes them, who is given them, what goes out with the answer."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from messages.models import Attachment, Message, MessageEvent, Reply
from messages.services import attachments, merging, reply
from messages.services.attachments import StoredFile
from messages.workflow import State
from tests.cast import Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.scenes import IM, Scene, bring

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings: Settings, tmp_path: Path) -> Path:
    """A folder of files of this test alone."""
    settings.DEMO = True
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}
    return tmp_path


def picture(name: str = "яма.jpg", colour: str = "red") -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def note(name: str = "справка.txt", text: str = "Работы закончены.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/plain")


def put(client: Client, scene: Scene, kind: str, *files: SimpleUploadedFile) -> int:
    return client.post(of_case(scene, "files"), {"kind": kind, "upload": list(files)}).status_code


def stored(number: int) -> StoredFile:
    return StoredFile(f"files/{number}", f"файл-{number}.txt", "text/plain", 10, f"{number:064d}")


def count(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("state", "name", "kinds"),
    [
        ("received", "im", {"message", "internal"}),
        ("received", "tech", {"internal"}),
        ("drafting", "roads", {"answer", "internal"}),
        ("drafting", "im", {"message", "internal"}),
        ("block_approval", "roads", {"internal"}),
        ("block_approval", "roads_curator", {"answer", "internal"}),
        ("head_approval", "head", {"message", "answer", "internal"}),
        ("answered", "roads", {"internal"}),
    ],
)
def test_who_adds_what_in_which_state(okt: Cast, state: str, name: str, kinds: set[str]) -> None:
    scene = bring(okt, IM, state)
    client = browser(okt, name)
    page = words(client.get(of_case(scene)))
    taken = {kind for kind in Attachment.Kind.values if put(client, scene, kind, note(text=kind)) == 302}
    assert taken == kinds
    assert all(f'value="{kind}"' in page for kind in kinds)


def test_several_files_are_added_at_once_and_stand_in_the_history(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    assert put(browser(okt, "im"), scene, "message", picture(), note()) == 302
    rows = list(Attachment.objects.filter(message=scene.message))
    assert {row.content_type for row in rows} == {"image/jpeg", "text/plain"}
    event = MessageEvent.objects.get(code="files_added")
    assert event.data == {"kind": "message", "files": [row.pk for row in rows]}
    assert event.note.text == "яма.jpg, справка.txt"
    page = words(browser(okt, "roads").get(of_case(scene)))
    assert "Изображение к сообщению: яма.jpg" in page
    assert "справка.txt" in page


def test_of_several_files_one_refused_takes_the_others_with_it(okt: Cast, kept: Path) -> None:
    scene = bring(okt, IM, "drafting")
    response = browser(okt, "im").post(
        of_case(scene, "files"), {"kind": "message", "upload": [picture(), SimpleUploadedFile("вирус.exe", b"MZ\x90\x00" * 50)]}
    )
    assert response.status_code == 400
    assert "вирус.exe" in words(response)
    assert not Attachment.objects.exists()
    assert count(kept) == 0


def test_the_same_file_is_kept_once(okt: Cast, kept: Path) -> None:
    scene = bring(okt, IM, "drafting")
    client = browser(okt, "im")
    put(client, scene, "message", note(), note("копия.txt"))
    put(client, scene, "message", note("ещё копия.txt"))
    assert Attachment.objects.count() == 1
    assert count(kept) == 1


def test_no_more_than_twenty_files(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    scene.act(attachments.add, "im", kind="message", files=[stored(number) for number in range(20)])
    client = browser(okt, "im")
    response = client.post(of_case(scene, "files"), {"kind": "internal", "upload": [note()]})
    assert response.status_code == 400
    assert "не больше 20" in words(response)


def test_a_file_is_given_to_whoever_sees_the_case_and_to_nobody_else(okt: Cast, kor: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    put(browser(okt, "im"), scene, "message", picture())
    row = Attachment.objects.get()
    address = f"{of_case(scene, 'files')}{row.pk}/"
    given = browser(okt, "roads").get(address)
    assert given.status_code == 200
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    shown = browser(okt, "roads").get(f"{address}?view")
    assert shown.headers["Content-Disposition"].startswith("inline")
    for name in ("pos", "housing"):
        assert browser(okt, name).get(address).status_code == 404
    assert browser(kor, "head").get(address).status_code == 404
    assert Client().get(address).status_code == 302
    other = bring(okt, IM, "drafting")
    assert browser(okt, "roads").get(f"{of_case(other, 'files')}{row.pk}/").status_code == 404


def test_a_removed_file_is_hidden_and_kept(okt: Cast, kept: Path) -> None:
    scene = bring(okt, IM, "drafting")
    put(browser(okt, "im"), scene, "message", note())
    row = Attachment.objects.get()
    address = f"{of_case(scene, 'files')}{row.pk}/"
    assert browser(okt, "roads").post(f"{address}remove/").status_code == 403
    assert browser(okt, "im").post(f"{address}remove/").status_code == 302
    row.refresh_from_db()
    assert (row.removed_by, count(kept)) == (okt.people["im"], 1)
    assert browser(okt, "im").get(address).status_code == 404
    assert MessageEvent.objects.get(code="file_removed").note.text == "справка.txt"
    assert browser(okt, "im").post(f"{address}remove/").status_code == 404
    put(browser(okt, "im"), scene, "message", note())
    assert Attachment.objects.filter(removed_at__isnull=True).count() == 1, "the same file may come again"


def test_the_answer_s_files_go_out_with_its_version_and_stay(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    scene.act(attachments.add, "roads", kind="answer", files=[stored(1)])
    for step in (scene.submit, scene.agree, scene.approve, scene.send):
        step()
    row = Attachment.objects.get()
    assert row.reply == Reply.objects.get(message=scene.message, version=1)
    assert browser(okt, "roads").post(f"{of_case(scene, 'files')}{row.pk}/remove/").status_code == 403
    assert "файл-1.txt" in words(browser(okt, "im").get(of_case(scene)))


def test_a_merged_message_is_given_the_files_of_the_answer(okt: Cast) -> None:
    scene, merged = bring(okt, IM, "drafting"), bring(okt, IM, "received")
    scene.act(attachments.add, "roads", kind="answer", files=[stored(1), stored(2)])
    merged.now = scene.now
    merged.act(merging.merge, "im", leading_id=scene.message.pk)
    scene.now = merged.now
    for step in (scene.submit, scene.agree, scene.approve, scene.send):
        step()
    assert Message.objects.get(pk=merged.message.pk).state == State.APPROVED
    files = Attachment.objects.filter(message=merged.message)
    assert {(row.name, row.file.name, row.reply_id) for row in files} == {
        ("файл-1.txt", "files/1", None),
        ("файл-2.txt", "files/2", None),
    }
    merged.now = scene.now
    merged.act(reply.send, "im", posted_at=None, url="https://vk.com/wall-1_2")
    assert all(row.reply_id for row in Attachment.objects.filter(message=merged.message))
