"""``python -m tests.faults.job scene|verdict …``: one of the jobs of this folder, with Django set up before it is read."""

from __future__ import annotations

import runpy
import sys

import django

if __name__ == "__main__":
    django.setup()
    del sys.argv[0]
    runpy.run_module(f"tests.faults.{sys.argv[0]}", run_name="__main__")
