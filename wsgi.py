"""The web process: `gunicorn wsgi:app`, and what `flask --app wsgi` finds."""

from dashboard.app import create_app

app = create_app()
