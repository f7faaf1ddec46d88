"""Files of other systems as they are met in practice: their columns, and what a row of theirs says about a case.

Pure: nothing here asks the database. ``sheets`` reads a file into rows of cells, ``layout`` finds the columns by their
names, ``cells`` turns a cell into a value, and each format (``im``, ``pos``, ``delo``, ``mcu``) turns a row into a ``Story``.
"""
