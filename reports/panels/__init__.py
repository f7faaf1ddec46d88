"""The figures of a desk by role. A panel costs at most three queries: its numbers, the names they stand under, one list."""
