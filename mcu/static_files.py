"""Which files of our libraries' pages are ours to serve: those that no page of ours asks for are not collected."""

from django.contrib.staticfiles.apps import StaticFilesConfig

_NOT_ASKED_FOR = [
    "rest_framework",  # its browsable API
    "import_export",  # buttons of Django's admin
    "redoc",  # the API is described by Swagger UI
    "htmx-2.js",  # the page takes the packed one
    "htmx-4*",
    "htmax-4*",
    "ext",  # extensions of htmx
]


class ServedFilesConfig(StaticFilesConfig):
    """Static files without what nobody asks for; packing it took a minute of each first start."""

    ignore_patterns = StaticFilesConfig.ignore_patterns + _NOT_ASKED_FOR
