"""Addresses of «Состав Центра»; mounted under ``/<center>/roster/``."""

from __future__ import annotations

from django.urls import path

from blocks.views import absence, changes, delivery, duty, roster

app_name = "blocks"

urlpatterns = [
    path("", roster.roster, name="roster"),
    path("history/", roster.history, name="history"),
    path("invite/", changes.invite, name="invite"),
    path("roles/add/", changes.add_role, name="add_role"),
    path("roles/<int:membership>/end/", changes.end_role, name="end_role"),
    path("roles/<int:membership>/substitute/", changes.substitute, name="substitute"),
    path("substitution/", absence.substitution, name="substitution"),
    path("substitutions/<int:substitution>/end/", changes.end_substitution, name="end_substitution"),
    path("people/<int:person>/block/", changes.block_person, name="block_person"),
    path("people/<int:person>/unblock/", changes.unblock_person, name="unblock_person"),
    path("duty/", duty.duty, name="duty"),
    path("duty/add/", duty.add_duty, name="add_duty"),
    path("duty/<int:shift>/call-off/", duty.call_off_duty, name="call_off_duty"),
    path("delivery/", delivery.delivery, name="delivery"),
    path("delivery/retry/", delivery.retry_all, name="retry_all"),
    path("delivery/<int:notice>/<str:way>/", delivery.retry, name="retry"),
    path("people/<int:person>/link/", changes.new_link, name="new_link"),
]
