"""Whole-file reads by fast-csv and its peers, side by side.

`shapes` says what the files are, `generate` makes them, `peers` reads them, `answers` compares what was read,
`timing` and `memory` measure, `table` prints. Nothing is timed before its answer is known to be right.
"""
