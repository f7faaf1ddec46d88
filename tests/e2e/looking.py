"""Looks at one page as people with other eyes, hands and screens do, and lists what it finds wrong."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response

WIDTHS: Final = (1440, 768, 360)
HEIGHT: Final = 900
# Themes differ in nothing but colours: the other rules are asked once. tests/mcu/test_tokens.py counts every pair of each.
THEMES: Final = ("light", "dark", "contrast")
MORE_THEMES: Final = ("night", "blue")
CONTRAST: Final = "color-contrast"
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
TAP: Final = 44  # px, on a phone

SET_THEME: Final = "theme => { document.documentElement.dataset.theme = theme; }"
OPEN_ALL: Final = "open => document.querySelectorAll('details').forEach(one => { one.open = open; })"
# The rows of a list are alike: eight stand for all.
FEW_ROWS: Final = """() => document.querySelectorAll('tbody, ul, ol, .menu__sheet, select').forEach((list) => {
  [...list.children].slice(8).forEach((one) => one.remove());
})"""
SPILL: Final = """() => {
  const wide = document.documentElement.scrollWidth, seen = innerWidth;
  if (wide <= seen) return null;
  const over = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > seen + 0.5);
  return `${wide}px of ${seen}: ${over.slice(-3).map((one) => one.tagName + '.' + one.className).join(', ')}`;
}"""
# A menu that opens lies within the screen, or scrolls in itself.
OUTSIDE: Final = """() => [...document.querySelectorAll('details.menu')].flatMap((menu) => {
  if (!menu.checkVisibility()) return [];
  menu.open = true;
  const box = menu.querySelector('.menu__sheet')?.getBoundingClientRect();
  menu.open = false;
  return !box || (box.left >= 0 && box.right <= innerWidth) ? [] : [menu.outerHTML.slice(0, 120)];
})"""
# What is pressed with a finger; words inside a sentence and a row of a list, pressed as a whole, are left out (WCAG 2.5.8).
SMALL: Final = """least => {
  const pressed = 'button, summary, select, textarea, a.btn, .rail__link, .menu__item, '
    + 'input:not([type=hidden], [type=checkbox], [type=radio])';
  return [...document.querySelectorAll(pressed)]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.aloud') && !one.matches('.link'))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height < least - 0.5)
    .map(([one, box]) => `${one.outerHTML.slice(0, 90)} «${one.textContent.trim().slice(0, 24)}» ${Math.round(box.height)}px`);
}"""


def problems_of(page: Page, answer: Response, *, every_theme: bool = False) -> list[str]:
    """What is wrong with the page that is open: rules of axe, sideways scroll, small targets, a loose policy of content."""
    found = [f"policy: {words}" for words in loose(answer)]
    page.evaluate(SET_THEME, "light")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if spill := page.evaluate(SPILL):
            found.append(f"sideways scroll: {spill}")
    found += [f"opens off the screen: {words}" for words in page.evaluate(OUTSIDE)]
    found += [f"small on a phone: {words}" for words in page.evaluate(SMALL, TAP)]
    page.evaluate(FEW_ROWS)
    page.evaluate(AXE_SCRIPT)
    found += [f"axe, 360 px: {words}" for words in axe(page, TAGS, but=CONTRAST)]
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    page.evaluate(OPEN_ALL, True)
    found += [f"axe, all open: {words}" for words in axe(page, TAGS, but=CONTRAST)]
    page.evaluate(OPEN_ALL, False)
    for theme in THEMES + (MORE_THEMES if every_theme else ()):
        page.evaluate(SET_THEME, theme)
        found += [f"axe, {theme}: {words}" for words in axe(page, [CONTRAST])]
    return list(dict.fromkeys(found))


def axe(page: Page, rules: list[str], *, but: str = "") -> list[str]:
    """The violations that axe-core, already in the page, finds by the rules or tags of rules."""
    options = json.dumps(
        {
            "runOnly": {"type": "tag" if rules is TAGS else "rule", "values": rules},
            "rules": {but: {"enabled": False}} if but else {},
            "resultTypes": ["violations"],
        }
    )
    violations = page.evaluate(f"axe.run({options}).then((results) => results.violations)")
    return [f"{one['id']}: {node['html'][:160]} ({reason(node)})" for one in violations for node in one["nodes"][:4]]


def reason(node: dict[str, Any]) -> str:
    """Why axe-core refuses an element, in its words."""
    checks = [*node["any"], *node["all"], *node["none"]]
    return str(checks[0]["message"])[:160] if checks else ""


def loose(answer: Response) -> list[str]:
    """What a strict Content-Security-Policy would not hold."""
    policy = answer.headers.get("content-security-policy", "")
    parts = {name: sources for name, *sources in (part.split() for part in policy.split(";") if part.strip())}
    found = [] if parts.get("default-src") == ["'none'"] else [f"default-src {parts.get('default-src')}"]
    allowed = {"'self'", "'none'", "data:"}
    return found + [f"{name} {word}" for name, words in parts.items() for word in words if word not in allowed]


def address_of(page: Page, address: str, follow: str) -> str:
    """The address, or where the first link of that kind on its page leads, step by step."""
    for selector in filter(None, follow.split(" → ")):
        page.goto(address)
        found = page.locator(selector).first
        # A link to be copied stands in a field, that of a form in its action.
        link = next(filter(None, map(found.get_attribute, ("href", "value", "action"))), None)
        assert link, f"{address} has no {selector}"
        address = urljoin(page.url, link)
    return address


def weight_of_first_load(page: Page, address: str) -> tuple[int, list[str]]:
    """Bytes that came over the wire with nothing in the cache, compressed and with headers; and requests to other hosts."""
    client = page.context.new_cdp_session(page)
    sizes: list[int] = []
    hosts: list[str] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.on("request", lambda request: hosts.append(urlsplit(request.url).netloc))
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(address, wait_until="networkidle")
    client.detach()
    own = urlsplit(page.url).netloc
    return int(sum(sizes)), [host for host in hosts if host not in (own, "")]
