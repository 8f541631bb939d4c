"""Parts of the benchmarks: the recorder process to measure, and readings from /proc."""
