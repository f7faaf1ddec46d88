"""Pages of people: where a person starts, one-time links, notices, the composition of a Center."""
