"""``python -m bench``: SIZE messages (100,000 by default); ends with 1 when a bar is missed."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

from bench import place

_ROOT = Path(__file__).resolve().parent.parent
_SMALLEST = 1000


def main() -> int:
    """Make the place, measure in it, keep the figures in the data folder, take the place away."""
    size = os.environ.get("SIZE", "100000")
    if not size.isdigit() or int(size) < _SMALLEST:
        print(f"SIZE={size}: нужно целое число от {_SMALLEST}.", file=sys.stderr)
        return 2
    kept = Path(os.environ.get("MCU_VAR") or _ROOT / "var").expanduser().resolve() / "bench.json"
    try:
        with place.made() as environment:
            os.environ.update(environment)
            os.environ.update(DJANGO_SETTINGS_MODULE="mcu.settings", MCU_DEMO="0", API_RATE="1000000/min", LOG_LEVEL="WARNING")
            os.environ.pop("PUBLIC_URL", None)  # measured over plain HTTP on this machine
            os.environ.pop("EMAIL_URL", None)
            # Only now may settings be read: they want the place that was just made.
            import_module("django").setup()
            ok: bool = import_module("bench.measure").run(size=int(size), kept=kept)
    except KeyboardInterrupt:
        print("Прервано; база замера удалена.", file=sys.stderr)
        return 130
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
