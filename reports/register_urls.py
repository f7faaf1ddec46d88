"""Addresses of the registers, among those of the reports."""

from __future__ import annotations

from django.urls import path

from reports.views import register_files, registers

urlpatterns = [
    path("roadmaps/", registers.register, {"register": "roadmaps"}, name="roadmaps"),
    path("roadmaps/<int:row>/approve/", registers.approve, name="roadmap_approve"),
    path("registers/", registers.index, name="registers"),
    path("registers/<slug:register>/", registers.register, name="register"),
    path("registers/<slug:register>/new/", registers.new, name="register_new"),
    path("registers/<slug:register>/template.xlsx", register_files.template, name="register_template"),
    path("registers/<slug:register>/file/", register_files.upload, name="register_upload"),
    path("registers/<slug:register>/file/<int:upload>/", register_files.preview, name="register_import"),
    path("registers/<slug:register>/export/<str:form>/", register_files.export, name="register_export"),
    path("registers/<slug:register>/<int:row>/", registers.row, name="register_row"),
    path("registers/<slug:register>/<int:row>/edit/", registers.edit, name="register_edit"),
    path("registers/<slug:register>/<int:row>/void/", registers.void, name="register_void"),
]
