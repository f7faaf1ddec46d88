"""Reference lists as files, both ways: taken home as a table, brought back, shown as what would change, put in at once.

``columns`` reads and writes cells, ``tables`` makes the workbook, ``topics``, ``recipients`` and ``people`` say what a
row means, ``work`` runs a file: to show it the very steps are made and taken back.
"""
