"""The look of the admin, and the functions of the product that fill its front page and its sidebar."""

from typing import Any


def unfold(static: str) -> dict[str, Any]:
    """The settings of the admin's theme; `static` is the address under which static files are."""
    return {
        "SITE_TITLE": "Hubster",
        "SITE_HEADER": "Hubster",
        "SITE_ICON": f"{static}site/hubster.svg",
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{static}site/hubster.svg"}],
        "SHOW_BACK_BUTTON": True,
        "STYLES": [f"{static}admin_hubster/{name}.css" for name in ("admin", "setup", "bots")],
        "SCRIPTS": [f"{static}admin_hubster/admin.js", f"{static}admin_hubster/copy.js"],
        "DASHBOARD_CALLBACK": "engine.admin.dashboard.fill",
        "SIDEBAR": {"navigation": "engine.admin.sidebar.navigation"},
        "COLORS": {
            "primary": {
                "50": "#f3f4ff",
                "100": "#e7e8fe",
                "200": "#d2d4fd",
                "300": "#b4b8fa",
                "400": "#9499f6",
                "500": "#7b7ff2",
                "600": "#5a61e6",
                "700": "#474dc9",
                "800": "#3b40a3",
                "900": "#353a82",
                "950": "#20234d",
            },
        },
    }
