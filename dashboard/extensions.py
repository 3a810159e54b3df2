"""What the app holds once for everybody.

`settings`, `catalog` and `storage` are those of the current app; outside an app context they raise RuntimeError.
"""

from __future__ import annotations

from typing import cast

from flask import current_app
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.local import LocalProxy

from dashboard.config import Settings
from dashboard.sources import Catalog
from dashboard.storage import Storage

migrate = Migrate(render_as_batch=True)
csrf = CSRFProtect()

settings = cast(Settings, LocalProxy(lambda: current_app.extensions["settings"]))
catalog = cast(Catalog, LocalProxy(lambda: current_app.extensions["catalog"]))
storage = cast(Storage, LocalProxy(lambda: current_app.extensions["storage"]))
