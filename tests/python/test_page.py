"""The page of a report: whole in one file, harmless whatever a cell holds, and seen by a browser."""

from __future__ import annotations

import html.parser
import pickle
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest

HOSTILE = [
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=document.title='owned'>",
    "' onmouseover='document.title=1",
    "</style></mark></div><h1>gone</h1>",
    "\u202etxt.exe\u202c \u2066\u200b\ufeff",
    "bell\x07 escape\x1b[31m nul\x00 delete\x7f \x85",
    "&lt;b&gt; &amp; &#x3c;",
    "javascript:alert(1)",
    "x" * 5000,
]
BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
VOID = {"meta", "rect"}


def hostile_report() -> pfc.Report:
    cells = [cell.replace('"', '""') for cell in HOSTILE]
    header = '"<script>name</script>","b\u202e"\n'
    data = header + "".join(f'"{cell}",{at}\n' for at, cell in enumerate(cells))
    names = ("<script>name</script>", "b\u202e")
    rules = {
        names[0]: {"pattern": "<b>never</b>", "enum": ["</script>", "<i>"]},
        names[1]: {"type": "integer", "maximum": 3},
        "*": {"expressions": {"<u>rule</u>": pl.col(names[1]) < 2}},
    }
    return pfc.validate(data.encode(), rules)


class Outline(html.parser.HTMLParser):
    """The tags and attributes of a page, and whether they are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def hostile_profile() -> pl.DataFrame:
    cells = [cell.replace('"', '""') for cell in HOSTILE]
    return pfc.profile(('"<script>name</script>","b\u202e"\n' + "".join(f'"{cell}",1\n' for cell in cells)).encode())


@pytest.fixture(params=["report", "profile"])
def page(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "page.html"
    made: Any = hostile_report() if request.param == "report" else hostile_profile()
    made.to_html(path)
    return path


def test_nothing_of_a_cell_is_more_than_text(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    outline = Outline()
    outline.feed(text)
    assert not outline.open
    assert not {"script", "img", "u", "iframe", "object", "link", "base", "form", "a"} & set(outline.tags)
    assert outline.tags.count("h1") == 1
    assert not {name for name in outline.attributes if name.startswith("on")}
    assert not {"src", "href", "action", "background"} & outline.attributes
    assert "url(" not in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    assert "&lt;script&gt;name" in text
    assert "&lt;script&gt;document.title" in text or "&lt;h1&gt;gone" in text
    assert '<span class="x">\\u202e</span>' in text


def test_a_page_says_what_was_found(tmp_path: Path) -> None:
    data = b'a,b\n1,x\n-2,"y, ""z"""\n3\n' + b"4,w\n" * 7
    report = pfc.validate(data, {"a": {"type": int, "minimum": 0}, "b": {"max_length": 3, "tolerance": 0.5}})
    path = tmp_path / "page.html"
    report.to_html(path)
    text = path.read_text(encoding="utf-8")
    assert "80 % <small>of the rows are good" in text
    assert "<mark>-2</mark>,&quot;y, &quot;&quot;z&quot;&quot;&quot;" in text
    assert "-2,<mark>&quot;y, &quot;&quot;z&quot;&quot;&quot;</mark>" in text
    assert "up to 50 % may" in text
    assert text.count("<svg") == 2
    assert "not valid" in text
    assert report._repr_html_() in text
    good = tmp_path / "good.html"
    pfc.validate(b"a\n1\n", {"a": int}).to_html(good)
    assert "100 % <small>" in good.read_text(encoding="utf-8")
    assert ">valid<" in good.read_text(encoding="utf-8")
    empty = tmp_path / "empty.html"
    pfc.validate(b"a\n", {}).to_html(empty)
    assert "None were given" in empty.read_text(encoding="utf-8")


def test_a_share_is_never_rounded_to_all_or_nothing() -> None:
    from polars_fast_csv._page import percent

    assert [percent(each) for each in (0, 0.00001, 0.5, 0.9123, 0.99999, 1)] == [
        "0 %",
        "<0.1 %".replace("<", "&lt;"),
        "50 %",
        "91.2 %",
        "99.9 %",
        "100 %",
    ]


def test_a_profile_says_what_there_is(tmp_path: Path) -> None:
    data = b"name,price,day,ok\npen,1.5,2020-01-01,true\nink,,2020-01-03,false\npen,-3,2020-01-09,true\n,4.5,,true\n"
    taken = pfc.profile(data, try_parse_dates=True)
    path = tmp_path / "profile.html"
    taken.to_html(path)
    text = path.read_text(encoding="utf-8")
    assert f"{len(data)} bytes" in text
    assert "81.2 % <small>of the cells hold a value" in text
    assert "<b>4</b>" in text
    # A histogram of the numbers and the days, words of the texts and the truths.
    assert text.count("<svg") == 2
    assert "<code>pen</code>" in text
    assert "<code>true</code>" in text
    assert "<dt>greatest</dt><dd>2020-01-09</dd>" in text
    assert "<dt>mean</dt><dd>1 ± 3.77492</dd>" in text
    assert "<dt>nulls</dt><dd>1 · 25 %</dd>" in text
    assert taken._repr_html_() in text
    outline = Outline()
    outline.feed(text)
    assert not outline.open
    empty = tmp_path / "empty.html"
    pfc.profile(b"a,b\n").to_html(empty)
    assert "100 % <small>" in empty.read_text(encoding="utf-8")


def test_a_profile_is_a_frame(tmp_path: Path) -> None:
    taken = pfc.profile(b"a,b\n1,x\n2,y\n")
    assert isinstance(taken, pl.DataFrame)
    assert taken.select("column", "count").rows() == [("a", 2), ("b", 2)]
    assert taken.filter(pl.col("column") == "b")["type"].to_list() == ["String"]
    assert pl.concat([taken, taken]).height == 4
    assert "pfc" not in taken.select("column")._repr_html_()
    assert pickle.loads(pickle.dumps(taken)).equals(taken)
    part = type(taken)(taken.drop("bins"))
    assert "dataframe" in part._repr_html_()
    with pytest.raises(ValueError, match="no column 'bins'"):
        part.to_html(tmp_path / "none.html")
    assert not (tmp_path / "none.html").exists()


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")
@pytest.mark.parametrize("size", ["400,2000", "1100,1600"])
def test_a_browser_shows_it_and_runs_nothing(page: Path, tmp_path: Path, size: str) -> None:
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    shot = tmp_path / "shot.png"
    seen = subprocess.run(
        [str(BROWSER), *options, f"--window-size={size}", f"--screenshot={shot}", "--dump-dom", page.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    ).stdout.decode()
    assert "owned" not in re.findall("<title>(.*?)</title>", seen)[0]
    assert "<script" not in seen
    assert shot.stat().st_size > 10_000 if shot.exists() else "of the " in seen
