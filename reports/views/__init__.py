"""Pages of the reports and the desk, which shows figures beside the work."""
