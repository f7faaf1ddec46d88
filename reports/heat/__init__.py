"""The heat map (R92-R97): topics by settlements or by recipients, with counts, terms, satisfaction and what is overdue now."""
