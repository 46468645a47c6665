"""Measurements: `python -m tests.benchmarks [name…]`. Only ratios within one run mean something."""
