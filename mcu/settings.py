"""All settings of the product in one file, every one of them from the environment; production values are the default."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

from mcu import embedded
from mcu.secret import secret_key, vapid_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Data folder: embedded servers, logs, static files, the secret key. Never inside the repository's tracked files.
VAR = Path(env.str("MCU_VAR", default=str(BASE_DIR / "var"))).expanduser().resolve()

PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
TLS = _public.scheme == "https"

DEBUG = False
DEMO = env.bool("MCU_DEMO", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_key(VAR)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_public.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "mcu",
    "blocks",
    "messages",
    "reports",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "mcu.static_files.ServedFilesConfig",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pgtrigger",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
]

MIDDLEWARE = [
    "mcu.middleware.ReferenceMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mcu.middleware.CompressedPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "mcu.uploads.limits.UploadLimitMiddleware",  # before whoever reads the form first
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mcu.middleware.DeclaredAccessMiddleware",
    "blocks.middleware.SecondFactorMiddleware",
    "blocks.middleware.ProgramCallsMiddleware",
]

ROOT_URLCONF = "mcu.urls"
WSGI_APPLICATION = "mcu.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "mcu.context.page",
                "blocks.context.frame",
            ],
        },
    },
]

# --- Database, cache, background work ---------------------------------------------------------------------------------
_database = environ.Env.db_url_config(env.str("DATABASE_URL", default="") or embedded.database_url(VAR))
DATABASES: dict[str, Any] = {
    "default": {
        **_database,
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8), "timeout": 10},
        },
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,  # a connection that died with the server is not handed out again
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="") or embedded.redis_url(VAR)
CACHES = {
    "default": {
        "BACKEND": "mcu.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mcu",
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,  # with Redis down limits fall back and no page fails
            "LOG_IGNORED_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 1,
            "SOCKET_TIMEOUT": 1,
        },
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Every task looks at the state of the database, so a missed or doubled run does no harm.
CELERY_BEAT_SCHEDULE = {
    "sweep-deadlines": {"task": "messages.tasks.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "mail-letters": {"task": "messages.tasks.mail_letters", "schedule": 60.0, "options": {"expires": 55}},
    "read-mailboxes": {"task": "messages.tasks.read_mailboxes", "schedule": 60.0, "options": {"expires": 55}},
    "close-answered": {"task": "messages.tasks.close_answered", "schedule": crontab(minute="17")},
    "drain-outbox": {"task": "mcu.tasks.drain_outbox", "schedule": 15.0, "options": {"expires": 14}},
    "make-digests": {"task": "messages.tasks.make_digests", "schedule": crontab(minute="*/10")},
    "push-outbox": {"task": "mcu.tasks.push_outbox", "schedule": 10.0, "options": {"expires": 9}},
    "make-exports": {"task": "messages.tasks.make_exports", "schedule": 5.0, "options": {"expires": 4}},
    "import-messages": {"task": "messages.tasks.import_messages", "schedule": 3.0, "options": {"expires": 3}},
    "remove-imports": {"task": "messages.tasks.remove_imports", "schedule": crontab(hour="1", minute="50")},
    "tell-webhooks": {"task": "messages.tasks.tell_webhooks", "schedule": 5.0, "options": {"expires": 4}},
    "gather-usage": {"task": "messages.tasks.gather_usage", "schedule": 60.0, "options": {"expires": 55}},
    "finish-bulk-runs": {"task": "messages.tasks.finish_bulk_runs", "schedule": 30.0, "options": {"expires": 29}},
    "move-open-cases": {"task": "messages.tasks.move_open_cases", "schedule": 10.0, "options": {"expires": 9}},
    "apply-rules": {"task": "messages.tasks.apply_rules", "schedule": 3.0, "options": {"expires": 3}},
    "remove-idempotent-calls": {"task": "messages.tasks.remove_idempotent_calls", "schedule": crontab(minute="35")},
    "remove-exports": {"task": "messages.tasks.remove_exports", "schedule": crontab(hour="1", minute="45")},
    "clear-sessions": {"task": "mcu.tasks.clear_sessions", "schedule": crontab(hour="1", minute="30")},
    "make-reports": {"task": "reports.tasks.make_reports", "schedule": crontab(minute="*/10")},
    "make-asked-reports": {"task": "reports.tasks.make_asked", "schedule": 3.0, "options": {"expires": 3}},
    "forecast": {"task": "messages.tasks.forecast", "schedule": crontab(minute="5-59/10"), "options": {"expires": 500}},
    "learn": {"task": "messages.tasks.learn", "schedule": 60.0, "options": {"expires": 55}},
    "learn-pace": {"task": "messages.tasks.learn_pace", "schedule": crontab(hour="2", minute="20")},
}

# --- Forecast of lateness: from how far back it learns how long work takes ---------------------------------------------
FORECAST_HISTORY = timedelta(days=180)

# --- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "mcu.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "mcu.passwords.NotLikePerson"},
    {"NAME": "mcu.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "mcu.passwords.NotCommon"},
    {"NAME": "mcu.passwords.NotOnlyDigits"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "mcu.accounts.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "МЦУ"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
INVITATION_DAYS = 7

# --- Language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ru"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # people see their Center's zone; see mcu.clock

# --- Files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Pictures and fonts are packed as they are; maps are asked for only by somebody who looks for faults in a browser.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["png", "woff", "woff2", "map"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # Personal data: nobody else on the machine reads them.
        "OPTIONS": {"location": VAR / "media", "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Mail: with no EMAIL_URL nothing leaves the machine; notices stay in the program -------------------------------------
EMAIL_ENABLED = bool(env.str("EMAIL_URL", default=""))
vars().update(env.email_url("EMAIL_URL", default="consolemail://" if not EMAIL_ENABLED else None))
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default=f"mcu@{_public.hostname}")
EMAIL_TIMEOUT = 10

# Mailboxes that are read (IMAP): servers of the own network, «host» or «host:port», that may have inner addresses; the
# authority that signs such servers' certificates.
MAIL_PRIVATE_HOSTS = env.list("MAIL_PRIVATE_HOSTS", default=[])
MAIL_CA_FILE = env.str("MAIL_CA_FILE", default="")

# --- Web push: the key browsers bind a subscription to; push services of the own network, «host:port», which may be private --
VAPID_KEY = env.str("VAPID_KEY", default="") or vapid_key(VAR)
PUSH_INSIDE = env.list("PUSH_INSIDE", default=[])

# --- Webhooks: hosts of the own network, «host» or «host:port», which may be private and without TLS ------------------------
WEBHOOK_PRIVATE_HOSTS = env.list("WEBHOOK_PRIVATE_HOSTS", default=[])

# --- Security ---------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=TLS) else None
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mcu.errors_pages.csrf_failure"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 10
UPLOAD_MAX_BODY = 64 * 1024 * 1024  # of a form with files; one file is held to 20 MB by mcu.uploads
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}

# --- REST -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["blocks.client_auth.ClientKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS is 405: the description is at /api/v1/schema/
    "DEFAULT_THROTTLE_CLASSES": ["mcu.throttles.ClientThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "client": env.str("API_RATE", default="6000/min"),
        "anonymous": "60/min",
        "link": "120/min",
        "look_up": "90/min",
    },
    "EXCEPTION_HANDLER": "mcu.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "МЦУ: приём сообщений",
    "DESCRIPTION": (
        "REST-интерфейс приёма сообщений граждан муниципального центра управления. Open311 GeoReport v2 описан самим "
        "стандартом и здесь не повторяется: его адрес — `/open311/v2/discovery.xml`."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENABLE_LIST_MECHANICS_ON_NON_2XX": False,
    "WEBHOOKS": ["messages.api.schema.feed.told"],
    "ENUM_NAME_OVERRIDES": {"RegimeEnum": "messages.models.Regime"},
}

# --- What a load test or a slow machine may turn -----------------------------------------------------------------------
API_MAX_BODY = 1024 * 1024
SWEEP_BATCH = env.int("SWEEP_BATCH", default=1000)  # terms of one transaction of the sweep

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"without_secrets": {"()": "mcu.logs.WithoutSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_secrets"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django_redis": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
