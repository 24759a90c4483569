"""Rules from a dataframely schema, which is asked for its columns and expressions; the package is not imported here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from polars_fast_csv._rules import Rule, Rules, expression_rule, unique


def is_dataframely(given: Any) -> bool:
    """Whether rules are a class of dataframely, by what such a class has."""
    return isinstance(given, type) and hasattr(given, "columns") and hasattr(given, "_validation_rules")


def rules_of_dataframely(schema: Any) -> Rules:
    """
    Take the rules of a schema class over, with the meaning that ``Schema.filter`` gives them.

    What has a rule of its own here is told by the names of dataframely at its column; all else is an expression.
    """
    columns: dict[str, Any] = schema.columns()
    rules: list[Rule] = []
    for name, column in columns.items():
        for word, expression in column.validation_rules(pl.col(name)).items():
            rules.append(_of_column(name, column, word, expression))
    if key := tuple(schema.primary_key()):
        rules.append(unique("primary_key", key, all=True, nulls="equal"))
    for name, rule in schema._validation_rules(with_cast=False).items():
        if name != "primary_key" and name not in {
            f"{each}|{word}" for each in columns for word in _words(columns, each)
        }:
            rules.append(expression_rule(name, rule.expr))
    return Rules(
        rules=tuple(rules), dtypes={name: column.dtype for name, column in columns.items()}, columns=tuple(columns)
    )


def _words(columns: dict[str, Any], name: str) -> list[str]:
    return list(columns[name].validation_rules(pl.col(name)))


def _of_column(name: str, column: Any, word: str, expression: pl.Expr) -> Rule:
    known: dict[str, Callable[[], Rule]] = {
        "nullability": lambda: Rule(word, (name,), "required", None, "must not be null"),
        "unique": lambda: unique(word, (name,), all=True, nulls="equal"),
        "min": lambda: Rule(word, (name,), "compare", (">=", column.min), f"must be at least {column.min}"),
        "max": lambda: Rule(word, (name,), "compare", ("<=", column.max), f"must be at most {column.max}"),
        "min_exclusive": lambda: Rule(
            word, (name,), "compare", (">", column.min_exclusive), f"must be more than {column.min_exclusive}"
        ),
        "max_exclusive": lambda: Rule(
            word, (name,), "compare", ("<", column.max_exclusive), f"must be less than {column.max_exclusive}"
        ),
        "is_in": lambda: Rule(
            word, (name,), "enum", tuple(column.is_in), f"must be one of {', '.join(map(str, column.is_in))}"
        ),
        "min_length": lambda: Rule(
            word, (name,), "length", (column.min_length, None, "bytes"), f"must have at least {column.min_length} bytes"
        ),
        "max_length": lambda: Rule(
            word, (name,), "length", (None, column.max_length, "bytes"), f"must have at most {column.max_length} bytes"
        ),
        "regex": lambda: Rule(word, (name,), "pattern", column.regex, f"must match {column.regex}"),
    }
    if word in known:
        return known[word]()
    rule = expression_rule(word, expression)
    return Rule(word, (name,), rule.kind, rule.takes, rule.expected)
