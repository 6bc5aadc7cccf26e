"""What is measured: each figure of docs/benchmarks.md comes from here, with its conditions."""
