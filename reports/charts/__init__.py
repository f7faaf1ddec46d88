"""Charts as SVG made on the server: the same drawing on a page and, with ``paper=True``, in PDF and DOCX.

A chart takes plain values (``Mark``, ``Series``, ``Cell``, ``Place``) and never asks the database. Each mark of a page is a
link to its cases; everything reads in black and white; a table with the same numbers stands beside it, which the page gives.
Pages link static/css/charts.css and put a wide chart into ``<div class="chart-scroll">``.
"""

from reports.charts.bars import bars, column_chart
from reports.charts.compact import FlowWeek, columns, flow, pair_bar, parts_bar
from reports.charts.lines import lines
from reports.charts.matrix import matrix
from reports.charts.picture import png, pngs
from reports.charts.places import Drawn, settlements
from reports.charts.shapes import Cell, Mark, Place, Series, levels
from reports.charts.small import multiples
from reports.charts.stacks import stacked

__all__ = [
    "Cell",
    "Drawn",
    "FlowWeek",
    "Mark",
    "Place",
    "Series",
    "bars",
    "column_chart",
    "columns",
    "flow",
    "levels",
    "lines",
    "matrix",
    "multiples",
    "pair_bar",
    "parts_bar",
    "png",
    "pngs",
    "settlements",
    "stacked",
]
