"""The REST door of the case: taking messages in and telling a client what became of its own."""
