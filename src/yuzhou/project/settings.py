"""Django settings, all read from the environment that the processes hand down (see docs/operations.md)."""

import os
from pathlib import Path

from yuzhou.kernel import registry
from yuzhou.project.environment import DATA, DATABASE_OWNER_URL, DATABASE_URL, SECRET_KEY, database_settings
from yuzhou.project.logs import configure_structlog, logging_settings
from yuzhou.project.mail import mail_settings

BASE = Path(__file__).resolve().parent
DATA_FOLDER = DATA
DEBUG = os.environ.get("YUZHOU_DEBUG") == "1"
SECRET_KEY = SECRET_KEY
ALLOWED_HOSTS = os.environ.get("YUZHOU_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
PUBLIC_URL = os.environ.get("YUZHOU_PUBLIC_URL", "http://127.0.0.1:8000")
STREAMS_URL = os.environ.get("YUZHOU_STREAMS_URL", "http://127.0.0.1:8001")
YUZHOU_TILES_URL = os.environ.get("YUZHOU_TILES_URL", "")
IS_TLS = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
FILES_URL = os.environ.get("YUZHOU_FILES_URL", "")

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
    "yuzhou.ui",  # before allauth: its templates take the place of allauth's
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "oauth2_provider",
    "procrastinate.contrib.django",
    *KERNEL_APPS,
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
    "yuzhou.kernel.access.middleware.SessionRules",
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
            "builtins": ["django.templatetags.i18n", "yuzhou.ui.templatetags.ui"],
        },
    }
]

DATABASES = {"default": database_settings(os.environ.get("YUZHOU_DB_ROLE", "web"), DATABASE_URL, DATABASE_OWNER_URL)}

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name", "email", "phone")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 24 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600  # idle; the longest age is a rule of kernel.access.middleware
CACHES = {  # shared by all web processes: the throttling of sign-in counts here
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "kernel_access_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

ACCOUNT_ADAPTER = "yuzhou.kernel.access.signing_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses are entered by administrators, or with the password
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_TLS else "http"
USERSESSIONS_ADAPTER = "yuzhou.kernel.access.signing_in.SessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = False
MFA_ADAPTER = "yuzhou.kernel.access.signing_in.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Yuzhou 渝州"
MFA_FORMS = {
    "add_webauthn": "yuzhou.kernel.access.passkey_forms.AddPasskeyForm",
    "edit_webauthn": "yuzhou.kernel.access.passkey_forms.EditPasskeyForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_TLS  # browsers still demand https or localhost
OAUTH2_PROVIDER = {
    "SCOPES": {"api": "Whatever the client's role allows"},
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,  # only checksums of tokens are kept
}

globals().update(mail_settings(os.environ.get("YUZHOU_EMAIL_URL", ""), DATA / "mail"))
YUZHOU_SMS_URL = os.environ.get("YUZHOU_SMS_URL", "")  # the operator's gateway, or `file:` to write them to the data folder
YUZHOU_SMS_TOKEN = os.environ.get("YUZHOU_SMS_TOKEN", "")
YUZHOU_NOTIFIER_ALLOW = os.environ.get("YUZHOU_NOTIFIER_ALLOW", "")  # the same for notifications of subscriptions
YUZHOU_CONTEXT_HOSTS = frozenset(host.strip().lower() for host in os.environ.get("YUZHOU_CONTEXT_HOSTS", "").split(",") if host)
YUZHOU_WEBHOOK_ALLOW = os.environ.get("YUZHOU_WEBHOOK_ALLOW", "")  # private networks that webhooks may reach, as 10.0.0.0/8,…

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE / "locale", BASE.parent / "kernel" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

CSRF_FAILURE_VIEW = "yuzhou.ui.errors.csrf_failure"

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["jpg", "png", "webp", "gz", "zip", "woff", "woff2", "otf", "ttf", "map"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "yuzhou.project.static.HashedFiles"},
}

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("YUZHOU_BEHIND_PROXY") == "1" else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_TLS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if IS_TLS else None
X_FRAME_OPTIONS = "DENY"
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
