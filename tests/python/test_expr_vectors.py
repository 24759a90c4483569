"""What the namespace says of the examples that standards publish; the core's own tests hold many more."""

from __future__ import annotations

from typing import Any

import polars as pl
import polars_fast_csv as pfc  # noqa: F401  (sets the namespace)
import pytest

c: Any = pl.col

# By function: its expression, texts that pass and texts that do not.
VECTORS: dict[str, tuple[pl.Expr, list[str], list[str]]] = {
    # RFC 5322, appendix A; RFC 3696, section 3 as corrected; the cases of the JSON Schema test suite.
    "is_email": (
        c.text.fast_csv.is_email(),
        [
            "jdoe@machine.example",
            "john.q.public@example.com",
            "customer/department=shipping@example.com",
            "te~st@example.com",
        ],
        [
            "",
            "2962",
            ".test@example.com",
            "te..st@example.com",
            "a@b@c.example",
            "joe.bloggs@invalid=domain.com",
            "a@localhost",
        ],
    ),
    # RFC 3986, sections 1.1.2, 3 and 6.2.
    "is_url": (
        c.text.fast_csv.is_url(),
        [
            "ftp://ftp.is.co.za/rfc/rfc1808.txt",
            "http://www.ietf.org/rfc/rfc2396.txt",
            "ldap://[2001:db8::7]/c=GB?objectClass?one",
            "telnet://192.0.2.16:80/",
            "foo://example.com:8042/over/there?name=ferret#nose",
            "eXAMPLE://a/./b/../b/%63/%7bfoo%7d",
            "file:///etc/hosts",
        ],
        [
            "",
            "example.com",
            "mailto:John.Doe@example.com",
            "http://",
            "http://a b/",
            "http://a/%zz",
            "urn:oasis:names:a",
        ],
    ),
    # RFC 4122, sections 3 and 4.1.7; RFC 9562, section 5.10.
    "is_uuid": (
        c.text.fast_csv.is_uuid(),
        [
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        ],
        ["", "f81d4fae7dec11d0a76500a0c91e6bf6", "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}"],
    ),
    "is_ipv4": (
        c.text.fast_csv.is_ipv4(),
        ["0.0.0.0", "192.0.2.16", "255.255.255.255"],
        ["", "1.2.3", "1.2.3.256", "01.2.3.4"],
    ),
    # RFC 4291, section 2.2.
    "is_ipv6": (
        c.text.fast_csv.is_ipv6(),
        [
            "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789",
            "2001:DB8::8:800:200C:417A",
            "FF01::101",
            "::1",
            "::",
            "::FFFF:129.144.52.38",
        ],
        ["", "1::2::3", "12345::", "1:2:3:4:5:6:7", "fe80::1%eth0", "::1/128"],
    ),
    # The IBAN Registry's examples.
    "is_iban": (
        c.text.fast_csv.is_iban(),
        [
            "GB29NWBK60161331926819",
            "DE89370400440532013000",
            "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
            "NO9386011117947",
        ],
        ["", "GB29NWBK60161331926818", "GB29NWBK6016133192681", "gb29nwbk60161331926819", "ZZ29NWBK60161331926819"],
    ),
    # ISO/IEC 7812-1, annex B; card schemes' test numbers.
    "is_luhn": (
        c.text.fast_csv.is_luhn(),
        ["79927398713", "4111111111111111", "378282246310005"],
        ["", "0", "79927398710", "4111 1111 1111 1111"],
    ),
    "is_ascii": (c.text.fast_csv.is_ascii(), ["", "a b", "\x00\x7f"], ["é", "long enough to lie outside the view: é"]),
    "is_float": (
        c.text.fast_csv.is_float(),
        ["0", "-1.5", ".5", "5.", "+1e-3", " 7", "inf", "-Infinity", "NaN"],
        ["", " ", ".", "1,5", "1 ", "0x1p3", "1e", "one"],
    ),
    "is_decimal": (
        c.text.fast_csv.is_decimal(5, 2),
        ["0", "-999.99", ".5", "1.550", "1e2", " 7", "000000001"],
        ["", "1000", "1.555", "x", "inf", "1,5", "1 "],
    ),
    "is_bool": (c.text.fast_csv.is_bool(), ["true", "FALSE", "True"], ["", "t", "yes", "1", " true"]),
    "is_date": (
        c.text.fast_csv.is_date(),
        ["2024-02-29", "2024/2/9", "29/02/2024", "29-2-2024", "0000-01-01", "9999-12-31"],
        ["", "2023-02-29", "2024-13-01", "2024-02-29 ", "20240229", "2024-02-29T00:00", "1900-02-29"],
    ),
    "is_date(format)": (
        c.text.fast_csv.is_date(["%d.%m.%Y", "%Y%m%d"]),
        ["29.02.2024", "20240229"],
        ["", "2024-02-29", "30.02.2024"],
    ),
    # ISO 8601-1, section 5.4; RFC 3339, section 5.8.
    "is_datetime": (
        c.text.fast_csv.is_datetime(),
        [
            "1985-04-12T23:20:50.52Z",
            "1996-12-19T16:39:57-08:00",
            "1990-12-31 23:59:59",
            "1937-01-01T12:00:27.87+00:20",
            "2024-02-29",
            "2024-02-29T12:00",
            "2024-02-29T12:00:00.123456789",
        ],
        ["", "1990-12-31T23:59:60Z", "2024-02-29T24:00:00", "2024-02-29T12", "12:00", "2024-02-29T12:00:00.1234567890"],
    ),
    "is_datetime(format)": (
        c.text.fast_csv.is_datetime("%d.%m.%Y %H:%M"),
        ["29.02.2024 12:00"],
        ["", "29.02.2024", "2024-02-29T12:00", "29.02.2024 24:00"],
    ),
    "matches": (c.text.fast_csv.matches(r"^\d{3}-[a-z]+$"), ["555-abc", "555-z"], ["", "555-", "x555-abc", "555-abc "]),
    "length_between": (c.text.fast_csv.length_between(1, 3), ["a", "äöü"], ["", "abcd"]),
    "length_between(bytes)": (c.text.fast_csv.length_between(1, 3, unit="bytes"), ["a", "ä"], ["", "äö"]),
    "length_between(open)": (c.text.fast_csv.length_between(2), ["ab", "a" * 1000], ["", "ä"]),
    "is_one_of": (
        c.text.fast_csv.is_one_of(["", "buy", "a word that is longer than a view"]),
        ["", "buy", "a word that is longer than a view"],
        ["Buy", "buy ", "a word that is longer than a vieW"],
    ),
    "is_one_of(nothing)": (c.text.fast_csv.is_one_of([]), [], ["", "a"]),
}


@pytest.mark.parametrize("function", VECTORS)
def test_published_examples(function: str) -> None:
    expression, right, wrong = VECTORS[function]
    frame = pl.DataFrame({"text": [*right, None, *wrong]}, schema={"text": pl.String})
    expected = [True] * len(right) + [None] + [False] * len(wrong)
    answers = dict(zip(frame["text"], frame.select(expression)["text"], strict=True))
    assert answers == dict(zip(frame["text"], expected, strict=True))


@pytest.mark.parametrize("function", VECTORS)
def test_columns_of_every_shape(function: str, engine: Any) -> None:
    """The same answers in slices, chunks, categories, enums, literals, groups, filters, and out of a Parquet file."""
    expression, right, wrong = VECTORS[function]
    words = [*right, None, *wrong]
    frame = pl.DataFrame({"text": words * 40}, schema={"text": pl.String}).with_row_index("row")
    whole = frame.select(expression)["text"]
    assert whole.dtype == pl.Boolean
    lazy = frame.lazy()
    assert lazy.select(expression).collect(engine=engine)["text"].equals(whole)
    assert lazy.filter(expression).collect(engine=engine)["row"].equals(frame.filter(whole)["row"])
    assert frame[3:-5].select(expression)["text"].equals(whole[3:-5])
    pieces = pl.concat([frame[:2], frame[2:2], frame[2:70], frame[70:]], rechunk=False)
    assert pieces.select(expression)["text"].equals(whole)
    for dtype in (pl.Categorical, pl.Enum(sorted(set(right + wrong)))):
        cast = frame.with_columns(c.text.cast(dtype))
        assert cast.select(expression)["text"].equals(whole)
        assert cast[-3:].select(expression)["text"].equals(whole[-3:])
    assert frame.clear().select(expression).schema == {"text": pl.Boolean}
    for text in (right or [""])[:1]:
        literal = frame.select(c.row, text=pl.lit(text)).select(expression)["text"]
        assert literal.to_list() == [bool(right)] * frame.height
    expected = frame.with_columns(yes=whole).group_by(c.row % 3).agg(c.yes.sum()).sort("row")
    grouped = lazy.group_by(c.row % 3).agg(yes=expression.sum()).sort("row").collect(engine=engine)
    assert grouped.equals(expected)
    over = lazy.select(expression.sum().over(c.row % 3)).collect(engine=engine)["text"]
    assert over.equals(frame.with_columns(text=whole).select(c.text.sum().over(c.row % 3))["text"])
