"""«Программы и ключи»: the programs that push and read messages, for the technical role."""
