"""Files of a message: passed on by its client, and those that went out with the answer."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blocks.actors import Actor
from blocks.models import Scope
from mcu import uploads
from mcu.clock import utc_now
from mcu.errors import WrongState
from messages import cooperation
from messages.api import access, etags, reads, serializers
from messages.api.files import MAX_BODY, FormParser, one_file
from messages.api.posting import BodyView
from messages.api.schema import attachments as schema
from messages.models import Attachment, Message
from messages.services import attachments
from messages.services.attachments import StoredFile

_KIND = Attachment.Kind.MESSAGE


class AttachmentsView(BodyView):
    """The files of a message that the client pushed."""

    access_rule: ClassVar[str] = "API client with a key; only messages that it pushed: read lists, push adds"
    parser_classes = (FormParser,)

    @property
    def max_body(self) -> int:
        """One file and the form around it."""
        return MAX_BODY

    def body_digest(self, request: Request) -> str:
        """Of the file itself: the form around it has another boundary each time."""
        file = one_file(request)
        digest = hashlib.sha256(f"{file.name}\n".encode())
        for chunk in file.chunks():
            digest.update(chunk)
        return digest.hexdigest()

    @schema.listed
    def get(self, request: Request, number: str) -> Response:
        """The files that the client may have."""
        client, actor = access.caller(request)
        message = _readable(actor, number)
        rows = reads.files_of(actor, message)
        return Response({"items": [serializers.attachment(row, message.number, client.center.tz) for row in rows]})

    @schema.add
    def post(self, request: Request, number: str) -> Response:
        """Add a file, once: 201 for a new one, 200 where the message has the same already."""
        client, actor = access.caller(request)
        access.require(actor, Scope.PUSH)
        message = access.one_of(access.own(actor), number)
        row, is_new = _add(actor, message, one_file(request))
        body = serializers.attachment(row, message.number, client.center.tz)
        return Response(body, status=201 if is_new else 200, headers={"Location": body["links"]["self"]} if is_new else {})


class AttachmentView(APIView):
    """One file."""

    access_rule: ClassVar[str] = "API client with a key and the scope read; only files of messages that it pushed"

    @schema.download
    def get(self, request: Request, number: str, file_id: int) -> HttpResponseBase:
        """The file itself."""
        _, actor = access.caller(request)
        row = reads.files_of(actor, _readable(actor, number)).filter(pk=file_id).first()
        if row is None:
            raise exceptions.NotFound("Такого файла нет среди тех, что переданы вами или ушли с ответом.")

        def content() -> HttpResponseBase:
            return uploads.download(path=row.file.name or "", name=row.name, content_type=row.content_type)

        return etags.unless_known(request, etags.quoted(row.sha256), content)


def _readable(actor: Actor, number: str) -> Message:
    """The client's own message: files of others may name people, whatever the key reads."""
    access.require(actor, Scope.READ)
    return access.one_of(access.own(actor), number)


def _add(actor: Actor, message: Message, file: UploadedFile[Any]) -> tuple[Attachment, bool]:
    verdict = cooperation.may_attach(actor, message, _KIND)
    if not verdict:
        raise WrongState(verdict.reason)
    accepted = uploads.accept(file)
    with uploads.stored(accepted) as path:
        given = StoredFile(path, accepted.name, accepted.content_type, accepted.size, accepted.sha256)
        added = attachments.add(message_id=message.pk, actor=actor, kind=_KIND, files=[given], now=utc_now())
    if added.rows:
        return added.rows[0], True
    uploads.discard(path)
    same = Attachment.objects.filter(message=message, kind=_KIND, sha256=accepted.sha256, removed_at__isnull=True)
    return same.latest("pk"), False
