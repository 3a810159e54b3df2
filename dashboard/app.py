"""Puts the parts together: settings, database, catalog, storage, queue, doors. Every process begins here."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from flask import Flask, Response, abort, jsonify, request, session
from flask_login import LoginManager
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import accounts, api, cli, config, queue, views
from dashboard.api.documents import Documents
from dashboard.database import db, prepare, read_json
from dashboard.extensions import csrf, migrate, storage
from dashboard.models import User
from dashboard.sources import load
from dashboard.storage import open_storage

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
SAFE = ("GET", "HEAD", "OPTIONS")
# Room for a filter file of 10 MiB and the form round it; a JSON body may have less (each dialect says so).
LARGEST_BODY = 11 * 1024 * 1024

log = structlog.get_logger()


def create_app(settings: config.Settings | None = None) -> Flask:
    """Raises config.SettingsError or sources.CatalogError, each one line, when it cannot start as it is set."""
    settings = settings or config.read()
    _log_as_json()
    app = Flask("dashboard", root_path=str(config.ROOT), template_folder="templates", static_folder="static")
    app.config.update(_flask_settings(settings))
    # A path with two slashes in a row is no other path: API clients would get a redirect in HTML.
    app.url_map.merge_slashes = False
    app.extensions["settings"] = settings
    app.extensions["catalog"] = load(settings.sources)
    app.extensions["storage"] = open_storage(settings.storage_url)
    app.extensions["redis"] = queue.connect(settings.redis_url)
    _open_database(app)
    csrf.init_app(app)
    _know_people(app)
    app.before_request(_refuse_foreign_origins)
    app.register_error_handler(SecurityError, _refuse_foreign_host)
    app.after_request(_add_headers)
    app.add_url_rule("/healthz", "healthz", healthz)
    views.install(app)
    for blueprint in (*views.BLUEPRINTS, *api.BLUEPRINTS):
        app.register_blueprint(blueprint)
    app.extensions["answer_error"] = api.error_response
    app.extensions["api_documents"] = Documents(settings.public_url)
    cli.install(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, *[settings.proxies] * 4)  # type: ignore[method-assign]
    return app


def _flask_settings(settings: config.Settings) -> dict[str, Any]:
    secure = settings.secure_cookies
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"json_deserializer": read_json},
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": accounts.REMEMBERED_SECONDS,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PREFERRED_URL_SCHEME": "https" if secure else "http",
        "TRUSTED_HOSTS": list(settings.hosts),
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        # The Origin check below is the stricter one, and knows no scheme of its own.
        "WTF_CSRF_SSL_STRICT": False,
    }


def _open_database(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"))
    with app.app_context():
        prepare(db.engine)


def _know_people(app: Flask) -> None:
    manager = LoginManager(app)
    # The session is ours (records, ended on the server); flask-login only hands the person to views.
    manager.session_protection = None

    @manager.request_loader
    def person(_: Any) -> User | None:
        secret = session.get("sid")
        return accounts.session_user(secret) if secret else None


def _refuse_foreign_origins() -> None:
    """A change made with a cookie must come from our own pages (ASVS 3.5.3), beside the token in the form."""
    if request.method in SAFE or "Authorization" in request.headers or not request.cookies:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    foreign = site not in (None, "same-origin", "none")
    if foreign or (origin not in (None, "null") and origin.partition("://")[2] != request.host):
        abort(403, "This request did not come from our own pages.")


def _refuse_foreign_host(error: SecurityError) -> Response:
    """Before any address is looked up, so no page can be made."""
    return Response("This centre is not known under that name.", 400, mimetype="text/plain")


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def healthz() -> tuple[Response, int]:
    """200 when the web process, the database, the queue and the storage answer; 503 names what does not."""
    parts = {
        "web": "ok",
        "database": _database(),
        "queue": "ok" if queue.answers() else "no answer",
        "storage": _room(),
    }
    healthy = all(state == "ok" for state in parts.values())
    return jsonify(status="ok" if healthy else "unhealthy", **parts), 200 if healthy else 503


def _database() -> str:
    try:
        db.session.execute(text("SELECT 1 FROM exports LIMIT 1"))
    except SQLAlchemyError as error:
        log.error("database_away", error=type(error).__name__)
        return "no answer"
    finally:
        db.session.rollback()
    return "ok"


def _room() -> str:
    try:
        return "ok" if storage.has_room() else "full"
    except OSError:
        return "no answer"


def _log_as_json() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
