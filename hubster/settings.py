"""All configuration. Environment variables are read here and nowhere else.

Without any of them the product runs in one process on SQLite, as `make demo` does. With DATABASE_URL and
REDIS_URL the same code runs as any number of web and worker processes.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import environ
from cryptography.fernet import Fernet
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured

from hubster import oauth, openapi, providers, theme
from hubster.lib import broker, databases, log, storage

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def _number(name: str, default: float, least: float) -> float:
    raw = env.str(name, default=str(default))
    try:
        value = float(raw)
    except ValueError:
        value = least - 1
    if value < least:
        raise ImproperlyConfigured(
            f"{name} must be a number of at least {least:g}, for example {default:g}; it is '{raw}'."
        )
    return value


def _choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = str(env.str(name, default=default))
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}; it is '{value}'.")
    return value


def _kept(name: str, make: Any) -> str:
    """A secret kept in the data folder, made at the first start; only the owner may read it."""
    path = DATA_DIR / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(make())
        with suppress(FileExistsError):  # another process that starts at the same moment was first
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()


def _secret(variable: str, file: str, make: Any) -> str:
    value = str(env.str(variable, default=""))
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{variable} is not set. Production needs it; make one with `manage.py new_keys`.")
    return _kept(file, make)


# --- How this process runs ---------------------------------------------------------------------------------
HUBSTER_ENV = _choice("HUBSTER_ENV", "demo", ("demo", "production"))
PRODUCTION = HUBSTER_ENV == "production"
DEMO = not PRODUCTION
DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("HUBSTER_DATA", default=str(BASE_DIR / "var")))
PORT = int(_number("PORT", 8000, 1))
PUBLIC_URL = env.str("HUBSTER_PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED = not REDIS_URL  # one process: the workers are threads of the web process

if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG must not be set in production; unset it.")
if PRODUCTION and not (DATABASE_URL.startswith("postgres") and REDIS_URL):
    raise ImproperlyConfigured("Production needs DATABASE_URL (postgres://…) and REDIS_URL (redis://…); set both.")

SECRET_KEY = _secret("SECRET_KEY", "secret.key", lambda: secrets.token_urlsafe(48))
HUBSTER_HASH_KEY = _secret("HUBSTER_HASH_KEY", "hash.key", lambda: secrets.token_urlsafe(32))
HUBSTER_ENCRYPTION_KEYS = [
    key.strip()
    for key in _secret("HUBSTER_ENCRYPTION_KEYS", "encryption.key", lambda: Fernet.generate_key().decode()).split(",")
]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- What the product does ---------------------------------------------------------------------------------
HUBSTER_RETRY_UNIT = _number("HUBSTER_RETRY_UNIT", 120, 0.01)  # seconds; waits are 1, 2, 3, 4, 5 units
HUBSTER_ATTEMPT_DEADLINE = _number("HUBSTER_ATTEMPT_DEADLINE", 10, 0.1)  # seconds for a whole webhook call
globals().update(providers.read(env))
HUBSTER_LEASE = 10.0  # seconds that work which calls out is held; renewed for as long as its process lives
HUBSTER_SWEEP_EVERY = _number("HUBSTER_SWEEP_EVERY", 2, 0.05)  # seconds between two sweeps
HUBSTER_ALLOW_LOOPBACK = env.bool("HUBSTER_ALLOW_LOOPBACK", default=DEMO)  # webhooks to this machine
HUBSTER_PREPARE = env.bool("HUBSTER_PREPARE", default=True)  # statements; old PgBouncers cannot
HUBSTER_UNSAFE_DATABASE = env.bool("HUBSTER_UNSAFE_DATABASE", default=False)  # tests only: PostgreSQL without fsync
# Requests per minute; 0: no limit. The demo's are for trying things out.
HUBSTER_RATE_CLIENT = int(_number("HUBSTER_RATE_CLIENT", 60_000 if DEMO else 6_000, 0))  # of one API client or member
HUBSTER_RATE_TENANT = int(_number("HUBSTER_RATE_TENANT", 120_000 if DEMO else 12_000, 0))  # of all of a tenant's
HUBSTER_RATE_VISITOR = int(_number("HUBSTER_RATE_VISITOR", 600, 0))  # of one browser with the widget
HUBSTER_RATE_ADDRESS = int(_number("HUBSTER_RATE_ADDRESS", 1_200, 0))  # for widget tokens, by network address
HUBSTER_SOCKETS_VISITOR = int(_number("HUBSTER_SOCKETS_VISITOR", 20, 0))  # open at once in one process; 0: no limit
HUBSTER_SOCKETS_ADDRESS = int(_number("HUBSTER_SOCKETS_ADDRESS", 10_000 if DEMO else 500, 0))  # of visitors, each
HUBSTER_TRUSTED_PROXIES = int(_number("HUBSTER_TRUSTED_PROXIES", 0, 0))  # how many of ours write X-Forwarded-For
HUBSTER_SENDERS = int(_number("HUBSTER_SENDERS", 500, 2))  # calls under way at once in each working process
HUBSTER_PAUSE_AFTER = _number("HUBSTER_PAUSE_AFTER", 432_000, 1)  # seconds of nothing but failures: endpoint paused
HUBSTER_MOST_WAITING = int(_number("HUBSTER_MOST_WAITING", 50_000, 1))  # unfinished rows of a tenant; above: 429
HUBSTER_KEEP_ATTEMPTS = _number("HUBSTER_KEEP_ATTEMPTS", 30, 1)  # days that attempts keep requests and answers
HUBSTER_FILES_SIZE = int(_number("HUBSTER_FILES_SIZE", 10, 1)) * 1_048_576  # bytes of one file; the variable is MB
HUBSTER_FILES_PIXELS = int(_number("HUBSTER_FILES_PIXELS", 50_000_000, 1))  # of one picture, or one of its frames
HUBSTER_FILES_MOVING = int(_number("HUBSTER_FILES_MOVING", 50_000_000, 1))  # pixels of all frames together
HUBSTER_FILES_OF_VISITOR = int(_number("HUBSTER_FILES_OF_VISITOR", 100, 0)) * 1_048_576  # MB kept in all; 0: no limit
HUBSTER_FILES_OF_HUB = int(_number("HUBSTER_FILES_OF_HUB", 10_240, 0)) * 1_048_576
HUBSTER_FILES_OF_TENANT = int(_number("HUBSTER_FILES_OF_TENANT", 20_480, 0)) * 1_048_576
HUBSTER_FILES_RATE = int(_number("HUBSTER_FILES_RATE", 30, 0))  # files a minute of one visitor; 0: no limit
HUBSTER_BODIES_ADDRESS = int(_number("HUBSTER_BODIES_ADDRESS", 64, 1)) * 1_048_576  # bytes held for one address
HUBSTER_BODIES_ALL = int(_number("HUBSTER_BODIES_ALL", 256, 1)) * 1_048_576  # bytes held for all; variables are MB
HUBSTER_REQUEST_DEADLINE = _number("HUBSTER_REQUEST_DEADLINE", 30, 1)  # seconds for a request to arrive
HUBSTER_UPLOAD_RATE = int(_number("HUBSTER_UPLOAD_RATE", 4, 1)) * 1024  # bytes a second after that; variable: KB
HUBSTER_KEEP_ALIVE = _number("HUBSTER_KEEP_ALIVE", 75, 1)  # seconds that a connection may be quiet
HUBSTER_LOG_REQUESTS = env.bool("HUBSTER_LOG_REQUESTS", default=PRODUCTION)  # a line for each API request
HUBSTER_CLOCK_LEEWAY = _number("HUBSTER_CLOCK_LEEWAY", 300, 0)  # seconds that the clock of who signed may be ahead
HUBSTER_METRICS_TOKEN = env.str("HUBSTER_METRICS_TOKEN", default="")  # lets others than this machine read /metrics
if 0 < len(HUBSTER_METRICS_TOKEN) < 32:  # noqa: PLR2004
    raise ImproperlyConfigured(
        "HUBSTER_METRICS_TOKEN must have at least 32 characters. Make one with `openssl rand -hex 24`, or unset it."
    )
HUBSTER_METRICS_PORT = int(_number("HUBSTER_METRICS_PORT", 0, 0))  # of a worker's metrics, on 127.0.0.1; 0: none
HUBSTER_EMAIL_FROM = env.str("HUBSTER_EMAIL_FROM", default="Hubster <hubster@localhost>")
_MAILS = f"filemail:///{DATA_DIR.resolve()}/mails" if DEMO else "dummymail://"
vars().update(env.email_url("HUBSTER_EMAIL_URL", default=_MAILS), EMAIL_TIMEOUT=3)  # seconds for each step

# --- Django ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "channels",
    "oauth2_provider",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "portal",
    "engine",
    "webchat",
]
MIDDLEWARE = [
    "hubster.lib.requestlog.RequestMiddleware",
    "hubster.lib.middleware.HeadersMiddleware",
    "hubster.lib.middleware.SlashMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "hubster.lib.pages.PageFiles",
    "hubster.lib.cors.HubCorsMiddleware",
    "hubster.lib.middleware.RefusalMiddleware",
    "hubster.lib.pages.PageSessions",
    "django.middleware.csrf.CsrfViewMiddleware",
    "hubster.lib.pages.PagePeople",
    "hubster.lib.pages.PageMessages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.actor.ActorMiddleware",
]
ROOT_URLCONF = "hubster.urls"
ASGI_APPLICATION = "hubster.asgi.application"
WSGI_APPLICATION = "hubster.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
APPEND_SLASH = False
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "portal.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"  # also for whoever came with the address of another site
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bytes of one request body

if DATABASE_URL:
    DATABASES = {"default": databases.server(env.db_url("DATABASE_URL"), HUBSTER_PREPARE)}
else:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES = {"default": databases.sqlite(DATA_DIR)}

STORAGES: dict[str, Any] = {
    **global_settings.STORAGES,
    "files": storage.files(
        local="engine.files.store.Folder",
        folder=env.str("HUBSTER_FILES_FOLDER", default=str(DATA_DIR / "files")),
        bucket=env.str("HUBSTER_FILES_BUCKET", default=""),
        endpoint=env.str("HUBSTER_FILES_ENDPOINT", default=""),
        region=env.str("HUBSTER_FILES_REGION", default=""),
    ),
}

# --- Workers and sockets -----------------------------------------------------------------------------------
if EMBEDDED:
    CHANNEL_LAYERS: dict[str, Any] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CELERY_BROKER_URL = "memory://"
else:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "hubster"},
        }
    }
    CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120  # of process pools; threads have the deadlines of what they wait for
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # the default gives up for good after a hundred
CELERY_BROKER_TRANSPORT_OPTIONS = broker.TRANSPORT_OPTIONS
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20

# --- APIs --------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_PARSER_CLASSES": ["hubster.lib.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "hubster.lib.negotiation.JsonOnly",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["portal.identity.authentication.HasCaller"],
    "DEFAULT_THROTTLE_CLASSES": ["portal.identity.throttle.CallerThrottle"],
    "EXCEPTION_HANDLER": "hubster.lib.drf.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "hubster.lib.openapi.schema.Schema",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = openapi.configuration(PUBLIC_URL)
TOKEN_SECONDS = 2_592_000  # 30 days
OAUTH2_PROVIDER_APPLICATION_MODEL = "portal.Client"
OAUTH2_PROVIDER = oauth.provider(TOKEN_SECONDS)
WEBCHAT_TOKEN_SECONDS = 86_400
WEBCHAT_RENEWAL_SECONDS = 2_592_000  # 30 days after its end in which a token still renews its visitor's identity
CORS_ALLOW_ALL_ORIGINS = True  # bearer tokens only; no cookie is ever accepted by an API. See hubster.lib.cors, too
CORS_URLS_REGEX = r"^/(api|inbound|connect|engine-chat-hub|\.well-known)/.*$"
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key", "x-requested-with", "x-signalr-user-agent"]
_RATE_HEADERS = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after"]
CORS_EXPOSE_HEADERS = [*_RATE_HEADERS, "idempotent-replayed", "x-request-id"]
CORS_PREFLIGHT_MAX_AGE = 7200

# --- Pages -------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static_root"
if DEMO:
    STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEMO
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_HSTS_SECONDS = 31_536_000 if PUBLIC_URL.startswith("https://") else 0
_HSTS = _choice("HUBSTER_HSTS", "host", ("host", "subdomains", "preload"))  # what must be https for a year
SECURE_HSTS_INCLUDE_SUBDOMAINS, SECURE_HSTS_PRELOAD = _HSTS != "host", _HSTS == "preload"
# The proxy terminates TLS, and redirects; it alone says that a request came over https.
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HUBSTER_TRUSTED_PROXIES else None
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: other hosts of the domain are not ours to promise; see HUBSTER_HSTS
    "security.W021",  # preloading likewise
    "security.W008",  # the redirect to https is the proxy's, as above
    "oauth2_provider.W002",  # the password grant: the documented way for members to use the Portal API
]
X_FRAME_OPTIONS = "DENY"

UNFOLD = theme.unfold(STATIC_URL)
LOGGING = log.configuration("hubster", "engine", "portal")
