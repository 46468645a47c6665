"""Rows in files: CSV and XLSX, read with suspicion and written inert. Knows nothing of contracts."""
