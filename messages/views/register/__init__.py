"""«Сообщения»: the register with its filters, columns, kept filters, steps for many cases and exports."""
