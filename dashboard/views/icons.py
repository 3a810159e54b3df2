"""The icons of the pages: our names for those of lucide, put into each page once and used by name.

The layout prints `sprite()`; the macro `icon(name)` refers to it, so a row of a table costs 60 bytes an icon.
"""

from __future__ import annotations

import re
from functools import cache

from lucide.jinja import lucide
from markupsafe import Markup

# Our own; all others are lucide's.
LOGO = '<symbol id="i-logo" viewBox="0 0 24 24"><path d="M4 7.5 12 3l8 4.5v9L12 21l-8-4.5z"/><path d="M12 9v7m-3-3 3 3 3-3"/></symbol>'  # noqa: E501
ICONS = {
    "list": "list",
    "plus": "plus",
    "search": "search",
    "down": "chevron-down",
    "left": "chevron-left",
    "right": "chevron-right",
    "up-arrow": "arrow-up",
    "down-arrow": "arrow-down",
    "x": "x",
    "dots": "ellipsis",
    "download": "download",
    "copy": "copy",
    "waiting": "clock",
    "running": "loader-circle",
    "preparing": "package",
    "completed": "circle-check",
    "failed": "octagon-alert",
    "cancelled": "ban",
    "expired": "hourglass",
    "retry": "rotate-cw",
    "pause": "pause",
    "theme": "contrast",
    "menu": "menu",
    "file": "file",
    "info": "info",
    "keys": "keyboard",
    "calendar": "calendar",
    "key": "key",
    "out": "log-out",
}


def icon_name(name: str) -> str:
    """The name itself, when there is such an icon."""
    if name != "logo" and name not in ICONS:
        raise LookupError(f"no icon {name!r}; add it to views/icons.py")
    return name


@cache
def sprite() -> Markup:
    symbols = "".join(_symbol(name, source) for name, source in ICONS.items())
    return Markup(f'<svg hidden xmlns="http://www.w3.org/2000/svg">{LOGO}{symbols}</svg>')  # noqa: S704 - ours


def _symbol(name: str, source: str) -> str:
    drawing = re.sub(r"^<svg[^>]*>|</svg>$|\n *", "", str(lucide(source)).strip())
    return f'<symbol id="i-{name}" viewBox="0 0 24 24">{drawing.replace(" />", "/>")}</symbol>'
