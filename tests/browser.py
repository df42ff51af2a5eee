"""A real browser, for pages."""

import shutil
from contextlib import contextmanager

import pytest

_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_a_browser = pytest.mark.skipif(
    _CHROMIUM is None, reason="no Chromium on this machine; make test installs it where it may"
)


@contextmanager
def new_page(**options):
    """An empty page of a headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser.new_page(**options)
        browser.close()
