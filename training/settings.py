"""Settings, read from the environment; what is missing or wrong stops the start with a sentence."""

from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from training.env import env
from training.operations import broker, logs

BASE_DIR = Path(__file__).resolve().parent.parent
MODE = env.choice("MODE", options=("embedded", "production"), default="embedded")
IS_PRODUCTION = MODE == "production"
VAR_DIR = env.folder("VAR_DIR", default=BASE_DIR / "var")

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", file=None if IS_PRODUCTION else VAR_DIR / "secret-key")
BASE_URL = env.url(
    "BASE_URL",
    schemes=("http", "https"),
    default=None if IS_PRODUCTION else "http://127.0.0.1:8000",
    example="https://training.example.org",
)
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS",
    default=None if IS_PRODUCTION else ("127.0.0.1", "localhost", "[::1]"),
    example="training.example.org",
)
DEMONSTRATION = env.boolean("DEMONSTRATION", default=False)
COUNTRY = env.text("COUNTRY", default="PE", example="PE")  # whose law the privacy notice follows

SITE_NAME = "Justicia frente a la Trata"
SITE_ID = 1

INSTALLED_APPS = [
    "training.audit",
    "training.institutions",
    "training.accounts",
    "training.privacy",
    "training.catalogue",
    "training.enrollments",
    "training.study",
    "training.feedback",
    "training.accommodations",
    "training.progress",
    "training.certificates",
    "training.learning",
    "training.portal",
    "training.desk",
    "training.operations",
    "assessments",
    "cms",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtailmedia",
    "wagtail.contrib.forms",
    "wagtail.contrib.settings",
    "wagtail.sites",
    "training.accounts.wagtail_users.WagtailUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "django_structlog",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sites",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "training.operations.middleware.PageCompressionMiddleware",
    "training.operations.middleware.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "training.accounts.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "training.accounts.middleware.WaitingMiddleware",
    "training.accounts.middleware.SecondFactorMiddleware",
    "training.audit.middleware.AccessLogMiddleware",
    "training.operations.logs.RequestLogMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "training.urls"
WSGI_APPLICATION = "training.wsgi.application"
ASGI_APPLICATION = "training.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORMS_URLFIELD_ASSUME_HTTPS = True
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "training.portal.context_processors.site",
            ],
            "builtins": ["training.portal.templatetags.look"],
        },
    },
]

# --- Data -------------------------------------------------------------------------------------

DATABASES = {
    "default": env.database_url(
        "DATABASE_URL", default=None if IS_PRODUCTION else f"sqlite:///{VAR_DIR}/data.sqlite3"
    )
}
CACHES = {"default": env.cache_url("CACHE_URL", default=None if IS_PRODUCTION else "locmem://")}

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.folder("MEDIA_ROOT", default=VAR_DIR / "media")
S3_BUCKET = env.text("S3_BUCKET", default="", example="training-media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "certificates": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT / "certificates"},
    },
    # Beside the media: a copy of somebody's data shall not outlive its week in a backup.
    "exports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "exports"},
    },
    "staticfiles": {"BACKEND": "training.operations.storage.StaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
if S3_BUCKET:
    _s3 = {
        "bucket_name": S3_BUCKET,
        "endpoint_url": env.text("S3_ENDPOINT_URL", default="") or None,
        "region_name": env.text("S3_REGION", default="") or None,
        "file_overwrite": False,
    }
    _backend = "storages.backends.s3.S3Storage"
    STORAGES["default"] = {"BACKEND": _backend, "OPTIONS": _s3}
    STORAGES["certificates"] = {
        "BACKEND": _backend,
        "OPTIONS": _s3 | {"location": "certificates", "querystring_auth": True},
    }
    STORAGES["exports"] = {
        "BACKEND": _backend,
        "OPTIONS": _s3 | {"location": "exports", "querystring_auth": True},
    }
else:
    env.known |= {"S3_ENDPOINT_URL", "S3_REGION"}

# --- Languages --------------------------------------------------------------------------------

LANGUAGE_CODE = "es"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale/libraries"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
USE_I18N = True
TIME_ZONE = env.text("TIME_ZONE", default="America/Lima", example="America/Lima")
USE_TZ = True

# --- People -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["training.accounts.backends.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 12}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:courses"
ACCOUNT_ADAPTER = "training.privacy.adapters.NoticingAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "training.accounts.adapters.display_name"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SIGNUP_REDIRECT_URL = "account_profile"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_FORMS = {"signup": "training.privacy.forms.NoticedSignupForm"}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
RECOVERY_WAIT_HOURS = env.integer("RECOVERY_WAIT_HOURS", default=24, least=1)
MFA_ADAPTER = "training.accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "training.accounts.forms.AddKeyForm",
    "edit_webauthn": "training.accounts.forms.EditKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # of half a minute: clocks differ, and codes take a while to type
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = BASE_URL.startswith("http://")
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXIES", default=0)

SESSION_ENGINE = "training.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "training.portal.views.csrf_failure"

# --- Safety on the wire -----------------------------------------------------------------------

IS_SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_SECURE
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_SSL_REDIRECT = IS_SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
# Wagtail previews pages in a frame of the same origin; no other origin may (frame-ancestors below).
SILENCED_SYSTEM_CHECKS = ["security.W019"]
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}
# Wagtail's admin needs inline scripts; with a nonce browsers would ignore 'unsafe-inline'.
ADMIN_CONTENT_SECURITY_POLICY = {
    "default-src": [SELF],
    "script-src": [SELF, "'unsafe-inline'"],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF],
    "frame-src": [SELF],
    "frame-ancestors": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "object-src": [NONE],
}

# --- Wagtail ----------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = SITE_NAME
WAGTAIL_I18N_ENABLED = True
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILADMIN_LOGIN_URL = "/accounts/login/"
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
# Debian's list has a "localtime", which no browser knows.
WAGTAIL_USER_TIME_ZONES = sorted(zone for zone in available_timezones() if "/" in zone)
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_WORKFLOW_CANCEL_ON_PUBLISH = False
WAGTAIL_FINISH_WORKFLOW_ACTION = "cms.finishing.finish"
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
WAGTAILLOCALIZE_SYNC_LIVE_STATUS_ON_TRANSLATE = False
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp", "svg"]
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = [
    "csv", "docx", "epub", "odp", "ods", "odt", "pdf", "pptx", "rtf", "txt", "vtt", "xlsx",
]  # fmt: skip
# What browsers play without help.
WAGTAILMEDIA = {
    "AUDIO_EXTENSIONS": ["m4a", "mp3", "ogg", "wav"],
    "VIDEO_EXTENSIONS": ["mp4", "webm"],
}
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# --- Queue ------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.url(
    "BROKER_URL",
    schemes=("redis", "rediss", "amqp", "amqps"),
    default=None if IS_PRODUCTION else broker.FILES_URL,
    example="redis://localhost:6379/0",
)
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(
    url=CELERY_BROKER_URL, folder=VAR_DIR / "queue"
)
CELERY_BROKER_CONNECTION_TIMEOUT = broker.PATIENCE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULE = broker.SCHEDULE | {
    "certificates-without-a-file": {
        "task": "training.certificates.tasks.sweep_unrendered",
        "schedule": 15,
        "options": {"expires": 15},
    },
    "nominations-left-half-done": {
        "task": "training.enrollments.tasks.sweep_nominations",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "reminders-due": {
        "task": "training.learning.tasks.write_reminders",
        "schedule": crontab(hour="13-22", minute="20"),  # by day in Lima
        "options": {"expires": 3000},
    },
    "messages-not-sent": {
        "task": "training.accounts.tasks.queue_unsent_mail",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "second-factors-to-remove": {
        "task": "training.accounts.tasks.carry_out_recoveries",
        "schedule": 300,
        "options": {"expires": 300},
    },
    "kept-long-enough": {
        "task": "training.privacy.tasks.apply_retention",
        "schedule": crontab(hour="8", minute="30"),  # half past three in the morning in Lima
        "options": {"expires": 3600},
    },
    "copies-of-data-not-made": {
        "task": "training.privacy.tasks.queue_unmade_exports",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "copies-of-data-to-remove": {
        "task": "training.privacy.tasks.remove_expired_exports",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "lists-not-made": {
        "task": "training.desk.tasks.queue_unmade_list_exports",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "lists-to-remove": {
        "task": "training.desk.tasks.remove_expired_list_exports",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TIMEZONE = "UTC"

# --- Mail -------------------------------------------------------------------------------------

globals().update(
    env.email_url("EMAIL_URL", default=None if IS_PRODUCTION else f"file://{VAR_DIR}/mail")
)
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL",
    default=None if IS_PRODUCTION else f"{SITE_NAME} <no-reply@demo.example>",
    example="Training <no-reply@training.example.org>",
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
CONTACT_EMAIL = env.text(
    "CONTACT_EMAIL",
    default=None if IS_PRODUCTION else "help@demo.example",
    example="help@training.example.org",
)

# --- Logs -------------------------------------------------------------------------------------

LOGGING = logs.configuration(
    level=env.choice(
        "LOG_LEVEL",
        options=("debug", "info", "warning", "error"),
        default="info" if IS_PRODUCTION else "warning",
    ),
    as_json=IS_PRODUCTION,
)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = "uuid"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
