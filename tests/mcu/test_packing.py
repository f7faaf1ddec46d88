"""Pages come packed to whoever can unpack them; files keep their bytes and their length."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from mcu.middleware import CompressedPagesMiddleware


@pytest.mark.django_db
def test_a_page_comes_packed_only_when_asked_so() -> None:
    packed = Client().get("/accounts/login/", headers={"Accept-Encoding": "gzip"})
    plain = Client().get("/accounts/login/")
    assert packed.status_code == plain.status_code == HTTPStatus.OK
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "application/octet-stream"])
def test_a_file_is_left_as_it_is(kind: str) -> None:
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    answer = CompressedPagesMiddleware(lambda _: HttpResponse(b"a" * 5000, content_type=kind))(request)
    assert isinstance(answer, HttpResponse)
    assert "Content-Encoding" not in answer.headers
    assert len(answer.content) == 5000
