"""The calls of GeoReport v2: discovery, services and their definitions, requests. One call of a service each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.conf import settings
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from blocks.models import ApiClient, Center, Scope
from mcu.clock import utc_now
from messages.api.access import caller, one_of, readable, require
from messages.api.open311 import formats, incoming, places, requests
from messages.api.open311.formats import Document
from messages.api.open311.keys import Open311Key
from messages.api.posting import ChunkedView
from messages.services.intake import take_in

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


class Open311View(ChunkedView):
    """What all calls share: the key, the ending, the form of errors."""

    schema = None  # described by the standard itself, not by our OpenAPI
    authentication_classes: Sequence[type[BaseAuthentication]] = (Open311Key,)
    renderer_classes = (formats.XmlRenderer, formats.JsonRenderer)
    parser_classes = (formats.StrictFormParser,)
    content_negotiation_class = formats.ByEnding

    def get_exception_handler(self) -> Any:
        """Errors as the standard has them."""
        return formats.exception_handler

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The body first: its refusal says more than a missing key would."""
        if self.refused is not None:
            raise self.refused
        super().initial(request, *args, **kwargs)

    def center(self, request: Request) -> Center:
        """The Center meant, by the parameter of the address or the field of the form."""
        said = request.query_params.get("jurisdiction_id", "").strip()
        if not said and request.method == "POST":
            said = incoming.first(cast("incoming.Form", request.data), "jurisdiction_id")
        return places.center_of(said, cast("ApiClient | None", request.user))


class DiscoveryView(Open311View):
    """Where the interface is and what it speaks."""

    access_rule: ClassVar[str] = "public: what the standard asks to be told to everybody"
    permission_classes = (AllowAny,)

    def get(self, request: Request, **kwargs: Any) -> Response:
        """The discovery document."""
        changed = places.changed_at()
        changeset = f"{changed:%Y-%m-%d %H:%M}" if changed else ""
        endpoint = {
            "specification": SPECIFICATION,
            "url": settings.PUBLIC_URL + reverse("open311:unknown", args=[""]).rstrip("/"),
            "changeset": changeset,
            "type": "test" if settings.DEMO else "production",
            "formats": ["text/xml", "application/json"],
        }
        content = {
            "changeset": changeset,
            "contact": "Технический специалист муниципального центра управления.",
            "key_service": "Ключ выдаёт технический специалист Центра; он привязан к источнику сообщений.",
            "endpoints": [endpoint],
        }
        return Response(Document("discovery", content))


class ServicesView(Open311View):
    """What may be reported."""

    access_rule: ClassVar[str] = "public: the Center's list of topics, without anybody's messages"
    permission_classes = (AllowAny,)

    def get(self, request: Request, **kwargs: Any) -> Response:
        """The Center's open topics."""
        return Response(Document("services", places.services(self.center(request))))


class ServiceView(Open311View):
    """What a report of one kind must say."""

    access_rule: ClassVar[str] = "public: the Center's list of topics, without anybody's messages"
    permission_classes = (AllowAny,)

    def get(self, request: Request, code: str, **kwargs: Any) -> Response:
        """No topic asks for more than the standard's own fields."""
        places.service_topic(self.center(request), code)
        return Response(Document("service_definition", {"service_code": code, "attributes": []}))


class RequestsView(Open311View):
    """Requests are posted here and their states read."""

    access_rule: ClassVar[str] = "API client with a key; posts for its own source, reads what its scopes allow"
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request, **kwargs: Any) -> Response:
        """A page of the requests this key may read."""
        _, actor = caller(request)
        center = self.center(request)
        wanted = requests.asked(request.query_params, center, utc_now())
        rows = requests.found(actor, wanted)
        return Response(Document("service_requests", requests.described(rows, actor, center.tz)))

    def post(self, request: Request, **kwargs: Any) -> Response:
        """Take a request in, once per number of the client: 201 for a new one, 200 for a repeat."""
        _, actor = caller(request)
        require(actor, Scope.PUSH)
        center = self.center(request)
        form = cast(incoming.Form, request.data)
        code = incoming.first(form, "service_code")
        if not code:
            raise exceptions.ValidationError({"service_code": "Не указан: возьмите его из списка services."})
        topic = places.service_topic(center, code)
        payload = incoming.message_of(form, topic, request.headers.get("Idempotency-Key", ""))
        taken = take_in(actor=actor, source=incoming.source_of(actor), payload=payload, now=utc_now())
        due = requests.expected([taken.message]).get(taken.message.pk)
        notice = f"Сообщение принято под номером {taken.message.number}."
        if due:
            notice += f" Ответ — до {due.astimezone(center.tz):%d.%m.%Y}."
        made = {"service_request_id": taken.message.number, "service_notice": notice, "account_id": None}
        return Response(Document("service_requests", [made]), status=201 if taken.created else 200)


class RequestView(Open311View):
    """One request."""

    access_rule: ClassVar[str] = "API client with a key; reads what its scopes allow"
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request, number: str, **kwargs: Any) -> Response:
        """The request's state; a foreign one is 404, as if there were none."""
        _, actor = caller(request)
        center = self.center(request)
        row = one_of(requests.with_names(readable(actor)), number)
        return Response(Document("service_requests", requests.described([row], actor, center.tz)))


class TokenView(Open311View):
    """Tokens are for servers that cannot number at once; here each request has its number from the first answer."""

    access_rule: ClassVar[str] = "API client with a key; reads what its scopes allow"
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request, number: str, **kwargs: Any) -> Response:
        """A client that took the number for a token is given it back."""
        _, actor = caller(request)
        self.center(request)
        row = one_of(readable(actor), number)
        return Response(Document("service_requests", [{"service_request_id": row.number, "token": number}]))


class UnknownView(Open311View):
    """Any other address of the interface: an error in the standard's form rather than a page."""

    access_rule: ClassVar[str] = "public: answers 404 and nothing else"
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """404 whatever the method is."""
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound("По этому адресу ничего нет. Ответы даются по адресам, которые кончаются на .xml или .json.")
