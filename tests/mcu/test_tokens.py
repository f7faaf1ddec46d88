"""Every theme is made of the same tokens, and every pair of them that meets on a page can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
CONTRAST = ("contrast", "night", "blue")
THEMES = ("light", "dark", *CONTRAST)

# What is written on what; edges are borders of fields and marks, which need 3:1.
GROUNDS = ("paper", "shade", "sunk")
TEXTS = [
    *[(text, ground) for text in ("ink", "grey", "accent", "accent-deep") for ground in GROUNDS],
    *[(text, ground) for text in ("red", "amber", "green") for ground in ("paper", "shade")],
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    *[(text, "accent-pale") for text in ("accent", "accent-deep", "ink", "grey")],
    *[(text, f"{tone}-{step}") for tone in ("red", "green") for text in (tone, "ink") for step in ("pale",)],
    *[(text, ground) for text in ("amber", "ink") for ground in ("amber-pale", "amber-mid")],
    ("paper", "ink"),
]
EDGES = [(edge, ground) for edge in ("edge", "accent", "red", "amber-bar", "green") for ground in ("paper", "shade")]


def tokens(theme: str) -> dict[str, str]:
    """The colours of a theme: those of the light one, and what the theme changes."""
    text = (CSS / "tokens.css").read_text()
    found: dict[str, str] = {}
    for selector in (":root", f':root[data-theme="{theme}"]'):
        rule = re.search(rf"^ *{re.escape(selector)} \{{(.*?)\}}", text, re.S | re.M)
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rule.group(1))) if rule else {}
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_pair_of_colours_can_be_read(theme: str) -> None:
    colours = tokens(theme)
    least = 7.0 if theme in CONTRAST else 4.5
    bounds = dict.fromkeys(EDGES, 3.0) | dict.fromkeys(TEXTS, least)
    found = {(one, other): round(contrast(colours[one], colours[other]), 2) for one, other in bounds}
    assert {pair: ratio for pair, ratio in found.items() if ratio < bounds[pair]} == {}


@pytest.mark.parametrize("theme", THEMES[1:])
def test_every_theme_changes_only_tokens_that_the_light_one_has(theme: str) -> None:
    assert f':root[data-theme="{theme}"]' in (CSS / "tokens.css").read_text()
    assert tokens(theme).keys() - {"quiet"} == tokens("light").keys()


def test_no_stylesheet_names_a_colour_of_its_own() -> None:
    """But for print, which is black on white, the white field of a QR code and what dims the page under a dialog."""
    allowed = {"#ffffff", "#000000", "#333333", "#999999", "rgb(0 0 0 / 30%)"}
    found = {
        (sheet.name, colour)
        for sheet in CSS.glob("*.css")
        if sheet.name != "tokens.css"
        for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)|(?:rgb|hsl)a?\([^)]*\)", sheet.read_text())
    } - {(sheet.name, colour) for sheet in CSS.glob("*.css") for colour in allowed}
    assert found == set()


def test_every_token_that_a_stylesheet_uses_is_there() -> None:
    known = set(re.findall(r"--([\w-]+):", (CSS / "tokens.css").read_text()))
    used = {
        (sheet.name, name)
        for sheet in CSS.glob("*.css")
        for name in re.findall(r"var\(--([\w-]+)\)", sheet.read_text())
        if name not in known and f"--{name}:" not in sheet.read_text()
    }
    assert used == set()
