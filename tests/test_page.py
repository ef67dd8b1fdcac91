"""The pages in a real browser: headless Chromium at the widths of a phone and of a desk, and on paper."""

import base64
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from remoteready.language import available
from tests.test_golden import GOLDEN

PAGES = sorted(GOLDEN.glob("*.html"))
WIDTHS = {"phone": 360, "tablet": 768, "desk": 1280}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (
        "--headless",
        "--no-sandbox",  # as root, as in CI
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


def show(browser: webdriver.Chrome, page: Path, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())


def logged(browser: webdriver.Chrome, what: str) -> list[dict[str, Any]]:
    """What Chromium logged since it was last asked."""
    entries: list[dict[str, Any]] = browser.get_log(what)  # type: ignore[no-untyped-call]
    return entries


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_page_fits_its_screen(browser: webdriver.Chrome, page: Path, width: int) -> None:
    show(browser, page, width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    wider = browser.execute_script(
        "return [...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML.slice(0, 90))"
    )
    assert wider == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_silent_and_asks_nobody(browser: webdriver.Chrome, page: Path) -> None:
    logged(browser, "browser")
    logged(browser, "performance")
    show(browser, page, 1280)
    assert logged(browser, "browser") == []
    messages = [entry["message"] for entry in logged(browser, "performance")]
    requests = [message for message in messages if '"Network.requestWillBeSent"' in message]
    assert all('"url":"file:' in request or '"url":"data:' in request for request in requests)
    assert requests
    assert browser.execute_script("return document.scripts.length") == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_can_be_read_without_seeing_it(browser: webdriver.Chrome, page: Path) -> None:
    show(browser, page, 1280)
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = [node["role"]["value"] for node in tree if not node["ignored"]]
    assert roles.count("main") == 1
    headings = browser.execute_script(
        "return [...document.querySelectorAll('h1,h2,h3')].map(e => [+e.tagName[1], e.textContent.trim()])"
    )
    assert headings[0][0] == 1
    assert all(later - earlier <= 1 for (earlier, _), (later, _) in pairwise(headings))
    assert all(text for _, text in headings)
    unnamed = browser.execute_script(
        "return [...document.querySelectorAll('table')].filter(t => !t.getAttribute('aria-labelledby')).length"
    )
    assert unnamed == 0
    named = next((part for part in page.name.split(".") if part in available()), "en")
    assert browser.execute_script("return document.documentElement.lang") == named


CONTRAST = """
const parse = c => c.match(/[\\d.]+/g).map(Number);
const light = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(v =>
  v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
  if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
return [...document.querySelectorAll('body *')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 &&
  n.textContent.trim())).map(e => { const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
  return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.outerHTML.slice(0, 80)]; }).filter(x => x[0] < 4.5);
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_text_stands_out_as_wcag_aa_asks(browser: webdriver.Chrome, page: Path, scheme: str) -> None:
    features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
    show(browser, page, 1280)
    assert browser.execute_script(CONTRAST) == []
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_page_prints_on_paper(browser: webdriver.Chrome) -> None:
    show(browser, next(page for page in PAGES if "not-ready" in page.name), 1280)
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    document = base64.b64decode(printed["data"])
    assert document.startswith(b"%PDF")
    assert document.count(b"/Type /Page\n") + document.count(b"/Type /Page ") <= 4
