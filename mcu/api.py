"""The REST interface, mounted at /api/v1/: the apps' calls, their OpenAPI description and the page that shows it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import include, path, re_path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

app_name = "api"


class ClientKeyScheme(OpenApiAuthenticationExtension):
    """How a key is passed, for the description."""

    target_class = "blocks.client_auth.ClientKeyAuthentication"
    name = "clientKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "mcu_…",
            "description": "Ключ выдаёт технический специалист Центра; он показывается один раз.",
        }


class UnknownAddressView(APIView):
    """Any other address below /api/v1/: a problem document rather than a page."""

    access_rule: ClassVar[str] = "public: answers 404 and nothing else"
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """404 whatever the method is."""
        super().initial(request, *args, **kwargs)
        raise NotFound

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Never reached: ``initial`` has answered."""
        raise NotFound


urlpatterns = [
    path("", include("messages.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    # The page without inline script and style, which our Content-Security-Policy does not run.
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"),
        name="docs",
    ),
    re_path(r"^.*$", UnknownAddressView.as_view(), name="unknown"),
]
