"""
Rules from a Frictionless Table Schema.

Source: the Table Schema standard of Data Package 2.0 and what Frictionless 5 makes of it. What this reader cannot tell
is refused by name, never passed over.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from polars_fast_csv._rules import FORMATS, Rule, Rules, among, compared, foreign_key, length, pattern, unique, unknown

_CONSTRAINTS: Mapping[str, str] = {
    "required": "required",
    "unique": "unique",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
    "enum": "enum",
}
_TYPES: Mapping[str, Any] = {
    "string": pl.String,
    "any": pl.String,
    "number": pl.Float64,
    "integer": pl.Int64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "time": pl.Time,
    "datetime": pl.Datetime("us"),
    "year": pl.Int64,
    "yearmonth": pl.String,
    "duration": pl.String,
    "geopoint": pl.String,
}
# Of types that are read as text: how they are written.
_WRITTEN: Mapping[str, str] = {
    "yearmonth": r"-?[0-9]{4}-(?:0[1-9]|1[0-2])",
    "duration": r"-?P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+W)?(?:[0-9]+D)?"
    r"(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?",
    "geopoint": r"\s*-?[0-9]+(?:\.[0-9]+)?\s*,\s*-?[0-9]+(?:\.[0-9]+)?\s*",
}
_MATCHES = ("exact", "equal", "subset", "superset", "partial")
_TEXT_FORMATS = {"email": "email", "uri": "url", "uuid": "uuid"}
_FORMS = {
    "date": ("date_format", "%Y-%m-%d"),
    "time": ("time_format", "%H:%M:%S"),
    "datetime": ("datetime_format", None),
}


def rules_of_table_schema(given: Any) -> Rules:
    """Check the path or the content of a Table Schema."""
    descriptor = _loaded(given)
    fields = descriptor.get("fields")
    if not isinstance(fields, Sequence) or not fields or not all(isinstance(each, Mapping) for each in fields):
        msg = "a Table Schema has a list 'fields' of mappings, each with a 'name'"
        raise ValueError(msg)
    missing = _texts("missingValues", descriptor.get("missingValues", [""]))
    made = [_Field(each, missing) for each in fields]
    names = tuple(each.name for each in made)
    if len(set(names)) != len(names):
        msg = f"the fields of a Table Schema have names that differ, got {', '.join(names)}"
        raise ValueError(msg)
    match = descriptor.get("fieldsMatch", "exact")
    if match not in _MATCHES:
        msg = f"fieldsMatch must be one of {', '.join(_MATCHES)}, got {match!r}"
        raise ValueError(msg)
    rules = [rule for each in made for rule in each.rules]
    rules.append(Rule("blank_row", names, "not_blank", None, "a record must not be blank"))
    rules += _keys(descriptor, names)
    options: dict[str, Any] = {}
    for each in made:
        for option, value in each.options.items():
            options.setdefault(option, {})[each.name] = value
    missing_by_name = {each.name: each.missing for each in made}
    # Where all fields have the same words, columns that are not there need none.
    same = all(each == made[0].missing for each in missing_by_name.values())
    options["null_values"] = made[0].missing if same else missing_by_name
    shared = {
        word: [each.words[word] for each in made if word in each.words] for word in ("true_values", "false_values")
    }
    for option, listed in shared.items():
        if any(each != listed[0] for each in listed):
            msg = f"the boolean fields of a Table Schema share their {option}, as the reader has one list for all"
            raise ValueError(msg)
        if listed:
            options[option] = listed[0]
    # What this build does not know yet is left to its own way to read.
    options["empty_string_is_null"] = any("" in each.missing for each in made)
    return Rules(
        rules=tuple(rules),
        dtypes={each.name: each.dtype for each in made},
        columns=names if match in ("exact", "equal", "subset") else (),
        closed=match in ("exact", "equal", "superset"),
        options=options,
    )


class _Field:
    def __init__(self, given: Mapping[str, Any], missing: list[str]) -> None:
        name = given.get("name")
        if not isinstance(name, str):
            msg = f"a field of a Table Schema has a 'name', got {dict(given)!r}"
            raise ValueError(msg)
        self.name = name
        self.rules: list[Rule] = []
        self.options: dict[str, Any] = {}
        self.words: dict[str, list[str]] = {}
        self.missing = _texts(f"missingValues of field {name!r}", given.get("missingValues", missing))
        self.type = given.get("type", "string")
        if self.type not in _TYPES:
            msg = f"type of field {name!r} must be one of {', '.join(_TYPES)}, got {self.type!r}"
            raise ValueError(msg)
        self.dtype = _TYPES[self.type]
        self._read(given)
        self._constrain(given.get("constraints", {}))

    def _read(self, given: Mapping[str, Any]) -> None:
        """How cells are written."""
        form = given.get("format", "default")
        if self.type == "string" and form != "default":
            if form not in _TEXT_FORMATS or _TEXT_FORMATS[form] not in FORMATS:
                known = ", ".join(word for word, name in _TEXT_FORMATS.items() if name in FORMATS)
                msg = f"format of field {self.name!r} must be default{', ' if known else ''}{known}, got {form!r}"
                raise ValueError(msg)
            word = _TEXT_FORMATS[form]
            self.rules.append(Rule("type", (self.name,), "format", word, f"must be {FORMATS[word]}"))
        elif self.type in _FORMS and form != "any":
            option, default = _FORMS[self.type]
            wanted = default if form == "default" else form
            if wanted is not None:
                self.options[option] = wanted
        elif self.type in _WRITTEN:
            self.rules.append(
                Rule("type", (self.name,), "pattern", rf"\A(?:{_WRITTEN[self.type]})\z", f"must be a {self.type}")
            )
        elif self.type == "year":
            self.rules.append(Rule("type", (self.name,), "compare", (">=", 0), "must be a year"))
            self.rules.append(Rule("type", (self.name,), "compare", ("<=", 9999), "must be a year"))
        elif self.type == "boolean":
            for word, option, common in (
                ("trueValues", "true_values", ["true", "True", "TRUE", "1"]),
                ("falseValues", "false_values", ["false", "False", "FALSE", "0"]),
            ):
                self.words[option] = _texts(f"{word} of field {self.name!r}", given.get(word, common))
        self._refuse(given)

    def _refuse(self, given: Mapping[str, Any]) -> None:
        for word, usual in (("decimalChar", "."), ("groupChar", None), ("bareNumber", True)):
            if given.get(word, usual) != usual:
                hint = {"decimalChar": "decimal_comma", "groupChar": "thousands"}.get(word)
                msg = f"{word} of field {self.name!r} is not taken from a Table Schema" + (
                    f"; give the option {hint}" if hint else ""
                )
                raise ValueError(msg)

    def _constrain(self, given: Any) -> None:
        if not isinstance(given, Mapping):
            msg = f"constraints of field {self.name!r} must be a mapping"
            raise TypeError(msg)
        for word, value in given.items():
            if word not in _CONSTRAINTS:
                raise ValueError(unknown(f"constraint {word!r} of field {self.name!r}", word, list(_CONSTRAINTS)))
            if value is None:
                continue
            told = _CONSTRAINTS[word]
            if word == "required":
                if value is True:
                    self.rules.append(Rule(told, (self.name,), "required", None, "must not be null"))
            elif word == "unique":
                if value is True:
                    self.rules.append(unique(told, (self.name,)))
            elif word == "pattern":
                self.rules.append(pattern(self.name, told, value))
            elif word == "enum":
                self.rules.append(among(self.name, told, [self._value(each) for each in value]))
            elif word in ("minLength", "maxLength"):
                self.rules.append(length(self.name, told, value, least=word == "minLength"))
            else:
                self.rules.append(compared(self.name, told, self._value(value)))

    def _value(self, value: Any) -> Any:
        """A value of a constraint, which may be written as a cell is."""
        if pl.Boolean == self.dtype and isinstance(value, str):
            return value in self.words["true_values"]
        if pl.String == self.dtype:
            return value if isinstance(value, str) else json.dumps(value)
        return value


def _keys(descriptor: Mapping[str, Any], names: Sequence[str]) -> list[Rule]:
    rules = []
    if (key := descriptor.get("primaryKey")) is not None:
        columns = _columns("primaryKey", key, names)
        if columns:
            # As Frictionless has it: a part of a key may be null, but not all of it.
            text = "must not be null in a primary key"
            rules.append(Rule("primary_key", columns, "required", None, text))
            rules.append(unique("primary_key", columns, nulls="equal_unless_all"))
    for reference in descriptor.get("foreignKeys", ()):
        target = reference.get("reference", {})
        if target.get("resource", "") not in ("", None):
            msg = (
                f"foreignKeys refers to the resource {target['resource']!r}, of which a schema alone names no file; "
                "give a dict of rules, with the frame under 'references'"
            )
            raise ValueError(msg)
        columns = _columns("foreignKeys", reference.get("fields"), names)
        others = _columns("foreignKeys", target.get("fields"), names)
        rules.append(foreign_key(columns, others, nulls="equal_unless_all"))
    return rules


def _columns(what: str, value: Any, names: Sequence[str]) -> tuple[str, ...]:
    listed = (value,) if isinstance(value, str) else tuple(value or ())
    for each in listed:
        if each not in names:
            msg = f"{what} names {each!r}, which is none of the fields {', '.join(names)}"
            raise ValueError(msg)
    return listed


def _texts(what: str, value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(each, str) for each in value):
        msg = f"{what} must be a list of texts, got {value!r}"
        raise TypeError(msg)
    return list(value)


def _loaded(given: Any) -> Mapping[str, Any]:
    if isinstance(given, str | os.PathLike):
        path = Path(given)
        text = path.read_text(encoding="utf-8")
        if re.fullmatch(r"\.ya?ml", path.suffix, re.IGNORECASE):
            msg = f"{path}: a Table Schema is read from JSON; load the YAML and pass the dict"
            raise ValueError(msg)
        try:
            given = json.loads(text)
        except ValueError as error:
            msg = f"{path}: a Table Schema is JSON: {error}"
            raise ValueError(msg) from None
    if not isinstance(given, Mapping):
        msg = f"a Table Schema is a mapping with 'fields', got {type(given).__name__}"
        raise TypeError(msg)
    return given


def is_table_schema(given: Any) -> bool:
    """Whether rules are a Table Schema: a path, or a mapping whose 'fields' is a list."""
    if isinstance(given, str | os.PathLike):
        return True
    return isinstance(given, Mapping) and isinstance(given.get("fields"), list)
