"""Pages of terms: the calendar, the register of what is overdue, the feed for a calendar program."""
