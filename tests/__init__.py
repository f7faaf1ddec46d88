"""Tests; this file keeps ``tests/messages`` from hiding the app ``messages``."""
