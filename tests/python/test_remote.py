"""Files of web servers, object stores and Hugging Face are read to the last byte, and as Polars reads them."""

from __future__ import annotations

import functools
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import polars2
from polars.testing import assert_frame_equal
from polars_fast_csv import _native
from polars_fast_csv._remote import pattern
from servers import Site, serving

# Quoted line ends of each kind, a NUL, and more than a few pieces.
CONTENT = b"\xef\xbb\xbfid,word\r\n" + b"".join(b'%d,"a\r\nb\n\0""%d"\r\n' % (row, row % 9) for row in range(200_000))
WANTED = pfc.read_fast_csv(CONTENT)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def keys(site: Site) -> dict[str, Any]:
    """The options by which a store of Amazon's is the site."""
    return {
        "storage_options": {
            "aws_endpoint_url": site.url,
            "aws_access_key_id": "someone",
            "aws_secret_access_key": "secret",
            "aws_region": "eu-west-1",
            "aws_allow_http": "true",
            "aws_virtual_hosted_style_request": "false",
            "max_retries": 1,
        }
    }


@pytest.mark.parametrize("content", [CONTENT, gzip.compress(CONTENT), b"id,word\n"], ids=["plain", "gzip", "no rows"])
def test_a_web_server_gives_every_byte(site: Site, content: bytes) -> None:
    site.files["/a b/x.csv"] = content
    url, wanted = f"{site.url}/a%20b/x.csv", pfc.read_fast_csv(content)
    assert_frame_equal(pfc.read_fast_csv(url), wanted)
    assert_frame_equal(pfc.read_fast_csv(f"{site.url}/a b/x.csv?version=1"), wanted)
    scan = pfc.scan_fast_csv(url, include_file_paths="path")
    for _ in range(2):
        assert_frame_equal(scan.collect(), wanted.with_columns(path=pl.lit(url)))
    assert_frame_equal(scan.select("id").tail(3).collect(), wanted.select("id").tail(3))
    copy = pl.LazyFrame.deserialize(io.BytesIO(scan.serialize()))
    assert_frame_equal(copy.head(5).collect(), wanted.with_columns(path=pl.lit(url)).head(5))
    assert pfc.count_rows(url) == wanted.height
    assert pfc.read_arrow(url).num_rows == wanted.height
    assert_frame_equal(pfc.read_fast_csv([url, content, url]), pl.concat([wanted] * 3))
    assert pfc.sniff(url).schema == pfc.sniff(content).schema


def test_a_web_server_that_fails_is_told(site: Site) -> None:
    site.files["/x.csv"] = CONTENT
    with pytest.raises(FileNotFoundError, match="none"):
        pfc.scan_fast_csv(f"{site.url}/none.csv")
    site.fails = 2
    assert pfc.read_fast_csv(f"{site.url}/x.csv").height == WANTED.height
    site.fails = 1
    with pytest.raises(OSError, match="503"):
        pfc.read_fast_csv(f"{site.url}/x.csv", storage_options={"max_retries": 0})
    site.fails, site.cut = 0, 1_000_000
    with pytest.raises(OSError, match="broke off"):
        pfc.read_fast_csv(f"{site.url}/x.csv")
    site.cut, site.secret = None, "Bearer open sesame"
    with pytest.raises(PermissionError):
        pfc.read_fast_csv(f"{site.url}/x.csv")
    options = {"token": "open sesame", "user_agent": "someone", "timeout": "9s", "default_headers": {"X-Asked": "yes"}}
    assert pfc.read_fast_csv(f"{site.url}/x.csv", storage_options=options).height == WANTED.height
    assert site.asked[-1][2].items() >= {"User-Agent": "someone", "X-Asked": "yes"}.items()
    with pytest.raises(OSError, match="refused"):
        pfc.read_fast_csv("http://127.0.0.1:9/x.csv", storage_options={"max_retries": 0})


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(CONTENT)
    assert_frame_equal(pfc.read_fast_csv(f"file://{tmp_path}/x.csv"), WANTED)
    assert_frame_equal(pfc.read_fast_csv(f"file://localhost{tmp_path}/*.csv"), WANTED)
    with pytest.raises(ValueError, match="a file of this machine"):
        pfc.read_fast_csv("file://elsewhere/x.csv")
    with pytest.raises(FileNotFoundError):
        pfc.read_fast_csv("nonsense://elsewhere/x.csv")


def test_an_object_store_gives_every_byte(site: Site) -> None:
    pytest.importorskip("obstore")
    site.files |= {"/bucket/x.csv": CONTENT, "/bucket/y.csv.gz": gzip.compress(CONTENT)}
    for key in ("x.csv", "y.csv.gz"):
        scan = pfc.scan_fast_csv(f"s3://bucket/{key}", **keys(site))
        for _ in range(2):
            assert_frame_equal(scan.collect(), WANTED)
        copy = pl.LazyFrame.deserialize(io.BytesIO(scan.serialize()))
        assert_frame_equal(copy.filter(pl.col("id") % 9999 == 0).collect(), WANTED.filter(pl.col("id") % 9999 == 0))
        assert pfc.count_rows(f"s3://bucket/{key}", **keys(site)) == WANTED.height
    with pytest.raises(FileNotFoundError, match="s3://bucket/none"):
        pfc.scan_fast_csv("s3://bucket/none.csv", **keys(site))
    site.secret = "nobody"
    with pytest.raises(PermissionError, match="refuses"):
        pfc.scan_fast_csv("s3://bucket/x.csv", **keys(site))


@polars2
def test_an_object_store_is_read_as_polars_reads_it(site: Site) -> None:
    pytest.importorskip("obstore")
    for name in ("a/1.csv", "a/2.csv", "a/b/3.csv", "a/4.txt", "c.csv"):
        site.files[f"/bucket/{name}"] = f"name,rows\n{name},{len(name)}\n".encode()
    for source in ("s3://bucket/a/*.csv", "s3://bucket/a/**/*.csv", "s3://bucket/c.csv", "s3://bucket/a/[12].csv"):
        options = keys(site) | {"include_file_paths": "path"}
        assert_frame_equal(
            pfc.scan_fast_csv(source, **options).collect(),
            pl.scan_csv(source, **options).collect(),
            check_row_order=False,
        )
    found = pfc.read_fast_csv("s3://bucket/a/b/", **keys(site))
    assert_frame_equal(found, pl.read_csv("s3://bucket/a/b/", **keys(site)))
    for source in ("s3://bucket/none*.csv", "s3://bucket/none/"):
        with pytest.raises(FileNotFoundError):
            pfc.scan_fast_csv(source, **keys(site))


def test_credentials_are_asked_for_when_a_file_is_opened(site: Site) -> None:
    pytest.importorskip("obstore")
    site.files["/bucket/x.csv"] = b"a\n1\n"
    site.secret = "Credential=third"
    options = {name: each for name, each in keys(site)["storage_options"].items() if "access_key" not in name}
    names = iter(["third"] * 2 + ["fourth"] * 9)

    def provider() -> tuple[dict[str, str], int | None]:
        return {"aws_access_key_id": next(names), "aws_secret_access_key": "secret"}, None

    scan = pfc.scan_fast_csv("s3://bucket/x.csv", storage_options=options, credential_provider=provider)
    assert scan.collect().rows() == [(1,)]
    with pytest.raises((PermissionError, pl.exceptions.ComputeError), match="refuses"):
        scan.collect()


def test_without_obstore_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for url in ("s3://bucket/x.csv", "gs://bucket/*.csv", "abfss://box@account.dfs.core.windows.net/x.csv"):
        with pytest.raises(ModuleNotFoundError, match=r"obstore.*polars-fast-csv\[cloud\]"):
            pfc.scan_fast_csv(url)


def test_hugging_face(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", site.url)
    monkeypatch.setenv("HF_TOKEN", "of mine")
    site.secret = "Bearer of mine"
    for name in ("d/1.csv", "d/2.csv", "d/e/3.csv", "d/4.txt", "d/é 5.csv"):
        site.files[f"/datasets/me/set/resolve/main/{name}"] = f"name\n{name}\n".encode()
    site.files["/datasets/me/set/resolve/v1/x.csv"] = b"a\n1\n"

    def read(source: str) -> list[str]:
        return pfc.read_fast_csv(source).to_series().to_list()

    assert read("hf://datasets/me/set/d/1.csv") == ["d/1.csv"]
    assert read("hf://datasets/me/set/d/*.csv") == ["d/1.csv", "d/2.csv", "d/é 5.csv"]
    assert read("hf://datasets/me/set/d/**/*.csv") == ["d/1.csv", "d/2.csv", "d/e/3.csv", "d/é 5.csv"]
    assert pfc.read_fast_csv("hf://datasets/me/set@v1/x.csv").rows() == [(1,)]
    for wrong in ("hf://x.csv", "hf://models/me/set/x.csv"):
        with pytest.raises(ValueError, match="hf://datasets/OWNER/NAME/PATH"):
            pfc.scan_fast_csv(wrong)
    with pytest.raises(FileNotFoundError):
        pfc.scan_fast_csv("hf://datasets/me/set/none/*.csv")


@pytest.mark.parametrize(
    ("of", "matched", "others"),
    [
        ("a/*.csv", ["a/1.csv", "a/.csv"], ["a/b/1.csv", "a/1.csv.gz", "b/a/1.csv"]),
        ("**/*.csv", ["1.csv", "a/1.csv", "a/b/1.csv"], ["a/1.txt"]),
        ("a/**", ["a/b", "a/b/c"], ["b/a"]),
        ("[a-c]?.csv", ["a1.csv"], ["d1.csv", "a.csv", "a/.csv"]),
        ("[!a^]+(x).csv", ["b+(x).csv"], ["a+(x).csv", "^+(x).csv"]),
    ],
)
def test_patterns(of: str, matched: list[str], others: list[str]) -> None:
    assert [key for key in matched + others if pattern(of).fullmatch(key)] == matched


def test_what_python_opens_may_fail() -> None:
    def fails() -> Any:
        raise OSError("no line")

    with pytest.raises(OSError, match="no line"):
        _native.count_records([_native.Opened("x", fails)], _settings_native())
    assert str(_native.Opened("x", fails)) == "x"
    assert (
        _native.count_records([_native.Opened("x", functools.partial(io.BytesIO, b"a\n1\n"))], _settings_native()) == 1
    )


def _settings_native() -> dict[str, Any]:
    from polars_fast_csv._options import DialectOptions
    from polars_fast_csv._settings import settle

    return settle(DialectOptions, {}).native
