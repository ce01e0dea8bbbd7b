"""Django's settings: everything that differs between installations comes from the environment.

The table of variables is in docs/configuration.md; ``scrum.environment`` reads them.
"""

import os
from datetime import timedelta
from typing import Any

import dj_database_url

from scrum import environment, mail, sign_in

environment.load_env_file()

BASE_DIR = environment.ROOT
VAR_DIR = environment.ensure_var_dir()
FILES_DIR = environment.ensure_files_dir()
VERSION = "0.1.0"

DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = environment.comma_separated("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = environment.allowed_hosts()
CSRF_TRUSTED_ORIGINS = environment.comma_separated("CSRF_TRUSTED_ORIGINS")

# The live side

WATERCOOLER_SECRET = environment.secret("WATERCOOLER_SECRET")
WATERCOOLER_SERVER = os.environ.get("WATERCOOLER_SERVER", "")
WATERCOOLER_PORT = environment.watercooler_port()
# A server that others reach has TLS in front of it, unless its owner says otherwise.
IS_SECURE = environment.flag(
    "WATERCOOLER_SECURE", default=not DEBUG and environment.bind_address() != "127.0.0.1"
)
IS_SECURE_CONFIGURED = bool(os.environ.get("WATERCOOLER_SECURE"))
REDIS_URL = environment.redis_url()
REDIS_PREFIX = environment.redis_prefix()

# Applications

INSTALLED_APPS = [
    "board.apps.BoardAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "knox",
    "django_vite",
    "board",
]
MIDDLEWARE = [
    "board.middleware.client_address",
    "board.middleware.recorded",
    "board.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    # These answer in words, and so in a language.
    "board.middleware.body_limit",
    "board.middleware.explained_limits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "board.middleware.MalformedCredentials",
    "board.middleware.ProviderAway",
]
ROOT_URLCONF = "scrum.urls"
WSGI_APPLICATION = "scrum.wsgi.application"
# Each API path is routed with and without its slash instead; a redirect would lose a POST's body.
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
            ],
        },
    },
]

# Database

SQLITE_OPTIONS: dict[str, Any] = {
    # A transaction that reads and then writes must hold the write lock from its start.
    "transaction_mode": "IMMEDIATE",
    "timeout": 5,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}


def database_from_environment() -> dict[str, Any]:
    """Return Django's settings for ``DATABASE_URL``, or for a SQLite file in ``VAR_DIR``."""
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'db.sqlite3'}"
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60))
    except (dj_database_url.ParseError, ValueError) as error:
        raise environment.EnvironmentRefused(
            "DATABASE_URL must look like postgres://user:password@host:5432/name."
        ) from error
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["OPTIONS"] = SQLITE_OPTIONS
    else:
        database["CONN_HEALTH_CHECKS"] = True
        # A request that cannot get its rows is told so, instead of holding a worker for ever.
        database["OPTIONS"] = {**database.get("OPTIONS", {}), "options": "-c lock_timeout=5000"}
    return database


DATABASES = {"default": database_from_environment()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "board.accounts.TicketRevocation"},
]
PASSWORD_HASHERS = [
    "board.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "board.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "board.sign_up.SignUpForm"
ACCOUNT_USERNAME_VALIDATORS = "board.sign_up.USERNAME_VALIDATORS"
SIGN_UP = sign_in.sign_up()
# An address counts once it is verified, and nobody waits for that. Two accounts may name one
# address until then, so that signing up does not tell which addresses are known.
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Sprintwall] "
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "board.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Whoever runs the server makes accounts whose addresses nobody has verified.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Sprintwall"
USERSESSIONS_ADAPTER = "board.accounts.SessionsAdapter"
SOCIALACCOUNT_ADAPTER = "board.accounts.ProviderAdapter"
OIDC_PROVIDERS = sign_in.providers()
SOCIALACCOUNT_PROVIDERS = sign_in.provider_settings(OIDC_PROVIDERS)
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
# Secrets stand behind the #, which browsers send to nobody.
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": "/verify-email#{key}",
    "account_reset_password": "/password/reset",
    "account_reset_password_from_key": "/password/reset/key#{key}",
    "account_signup": "/sign-up",
    "socialaccount_login_error": "/sign-in",
}
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"

# Mail

globals().update(mail.settings_from_environment(is_debug=DEBUG))

# The API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "board.authentication.TokenAuthentication",
        "board.authentication.PasswordAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["board.throttles.LimitThrottle"],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "board.filters.StableOrderingFilter",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "board.api.OrjsonRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PAGINATION_CLASS": "board.api.Pagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "board.api.answer_error",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 - a model, not a password
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=90),
    "AUTH_HEADER_PREFIX": "Token",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sprintwall",
    "DESCRIPTION": "A real-time scrum board that a team hosts itself.",
    "VERSION": VERSION,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "board.models.Status",
        "InvitationStatusEnum": "board.models.InvitationStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "board.openapi.describe_errors",
    ],
}

# Static files: Vite's output is named by its content already, so nothing renames it again.

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Without a base URL: uploaded files are served by views that ask who may see them.
    "files": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": FILES_DIR,
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/client/assets/.+-[\w-]{8}\.\w+$"
# One build of the client for each language; the first is that of its sources.
CLIENT_BUILDS = {"default": "manifest.json", "de": "manifest.de.json"}
DJANGO_VITE = {
    build: {
        "dev_mode": environment.flag("VITE_DEV"),
        "dev_server_port": environment.vite_port(),
        "static_url_prefix": "client",
        "manifest_path": BASE_DIR / "static" / "client" / manifest,
    }
    for build, manifest in CLIENT_BUILDS.items()
}

# Security: board.middleware adds the policies that Django does not know.

TRUSTED_PROXIES = environment.trusted_proxies()
SESSION_COOKIE_SECURE = IS_SECURE
# The prefix keeps hosts beside this one from setting the cookie: browsers take it by TLS alone.
SESSION_COOKIE_NAME = "__Host-sessionid" if IS_SECURE else "sessionid"
CSRF_COOKIE_SECURE = IS_SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if IS_SECURE else 0
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    # Other hosts of the domain, and browsers' lists of HTTPS sites, are their owner's to decide on.
    "security.W005",
    "security.W021",
    # The proxy sends people from http to https; here that would go in circles behind a proxy that
    # is not in TRUSTED_PROXIES.
    "security.W008",
]

# Limits: board.limits has those of the API and of guessing, django-allauth its own.

THROTTLE = environment.flag("THROTTLE", default=True)
# On a developer's own machine it is load tests that come, not strangers. Guessing stays guessing.
LIMIT_FACTOR = 20 if DEBUG else 1
WRITES_PER_MINUTE = environment.whole_number(
    "WRITES_PER_MINUTE", default=600, minimum=1, maximum=1_000_000
)
CACHES = {
    "default": {
        "BACKEND": "board.shared_cache.SharedCache",
        "LOCATION": REDIS_URL,
        # Only while Redis is away.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
# A wrong password counts in board.guessing; "login_failed" is for second factors alone.
ACCOUNT_RATE_LIMITS: Any = {"login": f"{60 * LIMIT_FACTOR}/m/ip"} if THROTTLE else False
MFA_RATE_LIMITS: Any = {} if THROTTLE else False

# Language and time: a project has a time zone of its own, the server thinks in UTC.

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
# What somebody chose; without it what their browser asks for.
LANGUAGE_COOKIE_NAME = "sprintwall-language"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
