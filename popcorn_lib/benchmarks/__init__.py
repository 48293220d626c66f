"""Micro-benchmarks of the mechanisms, on one kernel and on many; see `measure`."""

from popcorn_lib.benchmarks.measure import BENCHMARKS, Benchmark, Measured, measure, table

__all__ = ["BENCHMARKS", "Benchmark", "Measured", "measure", "table"]
