"""Django settings, all read from the environment that the processes hand down (see docs/operations.md)."""

import os
from pathlib import Path

from yuzhou.kernel import registry
from yuzhou.project.environment import DATA, DATABASE_OWNER_URL, DATABASE_URL, SECRET_KEY, database_settings
from yuzhou.project.logs import configure_structlog, logging_settings
from yuzhou.project.security import LONGEST_SECONDS

BASE = Path(__file__).resolve().parent
DATA_FOLDER = DATA
DEBUG = os.environ.get("YUZHOU_DEBUG") == "1"
SECRET_KEY = SECRET_KEY
ALLOWED_HOSTS = os.environ.get("YUZHOU_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
PUBLIC_URL = os.environ.get("YUZHOU_PUBLIC_URL", "http://127.0.0.1:8000")
STREAMS_URL = os.environ.get("YUZHOU_STREAMS_URL", "http://127.0.0.1:8001")
YUZHOU_TILES_URL = os.environ.get("YUZHOU_TILES_URL", "")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")

ROOT_URLCONF = "yuzhou.project.urls"
WSGI_APPLICATION = "yuzhou.project.wsgi.application"
AUTH_USER_MODEL = "kernel_access.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True

KERNEL_APPS = [
    f"yuzhou.kernel.{name}"
    for name in (
        "keys", "calendar", "files", "places", "parties", "access", "events", "audit", "jobs", "sites", "worklist", "notices",
    )
]  # fmt: skip

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "ninja",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "oauth2_provider",
    "procrastinate.contrib.django",
    *KERNEL_APPS,
    "yuzhou.ui",
    *registry.django_apps(),
]

MIDDLEWARE = [
    "yuzhou.project.operations.OperationsMiddleware",
    "yuzhou.project.requests.RequestMiddleware",
    "yuzhou.project.security.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "yuzhou.project.security.SessionRulesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "yuzhou.project.middleware.ActorMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

DATABASES = {"default": database_settings(os.environ.get("YUZHOU_DB_ROLE", "web"), DATABASE_URL, DATABASE_OWNER_URL)}

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE / "locale", BASE.parent / "kernel" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "yuzhou.project.static.HashedFiles"},
}

IS_TLS = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("YUZHOU_BEHIND_PROXY") == "1" else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_TLS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if IS_TLS else None
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = LONGEST_SECONDS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

LOGGING = logging_settings(
    os.environ.get("YUZHOU_LOG", "json" if os.environ.get("YUZHOU_SUPERVISED") else "console"),
    os.environ.get("YUZHOU_LOG_LEVEL", "INFO" if os.environ.get("YUZHOU_SUPERVISED") else "WARNING"),
    os.environ.get("YUZHOU_PART", ""),
)
configure_structlog()
