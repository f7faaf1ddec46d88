"""Pages of auto-rules: the list, a rule with its trial, the form, the buttons."""
