"""Pages of files that bring messages."""
