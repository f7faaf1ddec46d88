"""The project and its small kernel; knows nothing of blocks, messages or reports."""

VERSION = "0.1.0"  # as in pyproject.toml
