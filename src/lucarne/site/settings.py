"""Django's settings, derived from Lucarne's own: nothing is configured here by hand.

What an operator may change is in ``lucarne.core.schema``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from lucarne.core import conf

_settings = conf.get()


def _postgres(url: str) -> dict[str, Any]:
    """Translate postgresql://user:password@host:port/name?sslmode=require."""
    parts = urlsplit(url)
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": {name: unquote(value) for name, value in options.items()},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def _sqlite() -> dict[str, Any]:
    """One file, many readers, one writer at a time that the others wait for.

    IMMEDIATE takes the write lock when a transaction begins: one that first reads
    and then writes would otherwise fail with SQLITE_BUSY, however long it may wait
    (https://www.sqlite.org/lang_transaction.html, 2.2).
    """
    paths = _settings.paths
    return {
        "ENGINE": "lucarne.core.sqlite3",
        "NAME": str(paths.database),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL;"
            "PRAGMA synchronous=NORMAL;"
            "PRAGMA temp_store=MEMORY;"
            "PRAGMA cache_size=-8000",
        },
        "CONN_MAX_AGE": None,
        # A file, so that tests see the locks that the product sees.
        "TEST": {"NAME": str(paths.data.parent / "lucarne-test.sqlite3")},
    }


_database_url = _settings.database.url.get_secret_value()
DATABASES = {"default": _postgres(_database_url) if _database_url else _sqlite()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Lazy, so that a look at the settings makes no key file.
SECRET_KEY = SimpleLazyObject(conf.secret_key)
DEBUG = False
ALLOWED_HOSTS = list(_settings.hosts)

INSTALLED_APPS = [
    "lucarne.core",
    "lucarne.accounts",
    "lucarne.media",
    "lucarne.catalog",
    "lucarne.membership",
    "lucarne.traffic",
    "lucarne.playback",
    "lucarne.portal",
    "lucarne.studio",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
]

MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lucarne.site.security.SecureHeaders",
    "django.middleware.security.SecurityMiddleware",
    "lucarne.site.compression.Compression",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lucarne.site.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "lucarne.site.urls"
WSGI_APPLICATION = None
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lucarne.studio.access.reader",
            ],
        },
    }
]

# People
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["lucarne.accounts.sessions.PasswordBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "studio:films"
LOGOUT_REDIRECT_URL = "portal:home"

# Cookies and what browsers are told. SecureHeaders adds the content policy.
_is_https = _settings.url.startswith("https://")
SESSION_ENGINE = "lucarne.accounts.sessions"
SESSION_COOKIE_NAME = "lucarne_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _is_https
CSRF_FAILURE_VIEW = "lucarne.core.forgery.refused"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _is_https
CSRF_TRUSTED_ORIGINS = [_settings.site.url] if _settings.site.url else []
LANGUAGE_COOKIE_NAME = "lucarne_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = _is_https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _is_https else 0
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# What a form may hold. Films never pass through here: catalog.form_upload writes them.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FILES = 4
FILE_UPLOAD_TEMP_DIR = str(_settings.paths.incoming)

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = _settings.site.time_zone

# esbuild has put a hash of the content into every name and the build hook has
# compressed the files, so they are served as installed; nothing is collected.
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
_package = Path(__file__).resolve().parents[1]
STATICFILES_DIRS = [str(_package / "static")] if (_package / "static").is_dir() else []
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+-[0-9A-Za-z]{8}\.[0-9a-z]+$"
WHITENOISE_MAX_AGE = 3600

TEST_RUNNER = "django.test.runner.DiscoverRunner"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "lucarne.site.log.OneLine"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "lucarne": {"level": _settings.server.log_level.upper()},
        "lucarne_engine": {"level": _settings.server.log_level.upper()},
        # django's own configuration hangs handlers here that write mails.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # A page that is not there is news to its visitor only.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
