"""Data for territorial and strategic planning (R9, R104): any slice of the Center's numbers as a table, a chart and files."""
