"""The web process: `gunicorn wsgi:app`, and what `flask --app wsgi` finds."""

import sys

from dashboard.app import create_app
from dashboard.config import SettingsError
from dashboard.sources import CatalogError

# gunicorn gives up on a worker that ends with this code, and starts any other again and again.
CANNOT_BOOT = 3

try:
    app = create_app()
except (SettingsError, CatalogError) as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(CANNOT_BOOT)
