"""The project and its small kernel; knows nothing of blocks, messages or reports."""
