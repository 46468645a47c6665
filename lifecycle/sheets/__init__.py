"""Tabular files: CSV and XLSX, read as hostile input and written without formulas. Knows nothing of contracts."""
