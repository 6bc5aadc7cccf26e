"""What a browser calls itself, as people would: `Chrome on Android`."""

from core.words import N_, words

BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "FxiOS/": "Firefox",
    "Firefox/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
"""In the order in which they are looked for: many pretend to be one of those behind them."""

SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "CrOS": "Chromebook",
    "Linux": "Linux",
}


def device(user_agent: str | None, language: str) -> str:
    """Browser and system, as far as they are known."""
    said, gettext = user_agent or "", words(language).gettext
    browser = next((name for sign, name in BROWSERS.items() if sign in said), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in said), "")
    if browser and system:
        return gettext(N_("{browser} on {system}")).format(browser=browser, system=system)
    return browser or system or gettext(N_("Unknown device"))
