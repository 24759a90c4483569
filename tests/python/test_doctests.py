"""The examples of the documentation give what they say."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["_errors", "_functions", "_reader", "_versions"])
def test_examples(module: str) -> None:
    ran = doctest.testmod(importlib.import_module(f"polars_fast_csv.{module}"))
    assert ran.attempted > 0
    assert ran.failed == 0
