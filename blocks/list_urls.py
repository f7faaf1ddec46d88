"""Addresses of «Списки»; mounted under ``/<center>/settings/lists/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from blocks.views import lists

app_name = "lists"

urlpatterns: list[URLPattern] = [path("", lists.lists, name="lists")]
for _code in lists.LISTS:
    urlpatterns += [
        path(f"{_code}/", lists.list_file, {"code": _code}, name=_code),
        path(f"{_code}/file/", lists.download, {"code": _code}, name=f"{_code}-file"),
        path(f"{_code}/template/", lists.template, {"code": _code}, name=f"{_code}-template"),
    ]
