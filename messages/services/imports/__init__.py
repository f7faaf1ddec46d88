"""Messages brought by files: judged row by row without writing a case, then put in once, by one background run.

``asking`` is what people do, ``work`` what the worker does with a file, ``judging`` compares rows with the register,
``building`` makes new cases, ``updating`` changes known ones.
"""
