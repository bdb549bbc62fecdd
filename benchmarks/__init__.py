"""Benchmarks: each beside its peers in the same run; see ``benchmarks/harness.py``."""
