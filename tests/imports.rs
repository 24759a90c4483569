//! The rooms of the core import one way, and each keeps what only it may hold.
//!
//! Sources are read as tokens, comments and texts left out: every path that begins at the crate's root, or leaves its
//! module by `super`, names the room that it reaches.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, each with those it may import.
const ROOMS: [(&str, &[&str]); 12] = [
    ("error", &[]),
    ("recycling", &[]),
    ("dialect", &["error"]),
    ("scan", &["error", "dialect"]),
    ("tokenize", &["error", "dialect", "scan"]),
    ("split", &["error", "dialect", "scan", "tokenize"]),
    ("decode", &["error", "dialect", "scan", "tokenize"]),
    ("schema", &["error", "dialect", "scan", "tokenize", "decode"]),
    ("sniff", &["error", "dialect", "scan", "tokenize", "split", "decode", "schema"]),
    ("source", &["error"]),
    ("reader", &["error", "dialect", "scan", "tokenize", "split", "decode", "schema", "sniff", "source"]),
    ("validate", &["error", "dialect", "scan", "tokenize", "split", "decode", "schema", "sniff", "source", "reader"]),
];

/// The only files with unsafe code: machine instructions, unchecked text, memory maps, the allocator.
const UNSAFE: [&str; 6] =
    ["scan/x86_64/", "scan/aarch64/", "decode/text.rs", "source/map.rs", "source/pipe.rs", "recycling/"];

/// Crates that turn bytes into values; the plugin has no use for them.
const PARSERS: [&str; 12] = [
    "memchr",
    "csv",
    "csv-core",
    "arrow-csv",
    "simdutf8",
    "fast-float2",
    "lexical-core",
    "atoi",
    "atoi_simd",
    "nom",
    "regex",
    "memmap2",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `folder`, by its path from there with forward slashes.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().components();
                let name: Vec<_> = name.map(|part| part.as_os_str().to_str().unwrap()).collect();
                files.push((name.join("/"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// Identifiers, `::` and single signs; no comments, no texts.
fn tokens(source: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let is_word = |byte: char| byte.is_alphanumeric() || byte == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = text_length(rest) {
            length
        } else if is_word(first) {
            let length = rest.find(|byte| !is_word(byte)).unwrap_or(rest.len());
            tokens.push(&rest[..length]);
            length
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                tokens.push(&rest[..length]);
            }
            length
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of the text or character literal at the start of `rest`, if one stands there.
fn text_length(rest: &str) -> Option<usize> {
    let body = rest.trim_start_matches(['b', 'c']);
    let prefix = rest.len() - body.len();
    if let Some(raw) = body.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let end = raw[hashes + 1..].find(&close).map_or(raw.len(), |end| hashes + 1 + end + close.len());
            return Some(prefix + 1 + end);
        }
    }
    let quote = body.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let mut escaped = false;
    for (at, letter) in body.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return Some(prefix + at + 1),
            // A lifetime has no closing quote right behind its first letter.
            _ if quote == '\'' && !body[at + letter.len_utf8()..].starts_with('\'') && at == 1 => return None,
            _ => {}
        }
    }
    None
}

/// The names that stand first in the tree of a path: `a` of `a::b`, `a` and `b` of `{a, b::c}`.
fn heads<'a>(tree: &[&'a str]) -> Vec<&'a str> {
    if tree.first() != Some(&"{") {
        return tree.first().copied().into_iter().collect();
    }
    let (mut heads, mut depth) = (Vec::new(), 0);
    for (at, token) in tree.iter().enumerate() {
        match *token {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ if depth == 1 && matches!(tree[at - 1], "{" | ",") => heads.push(*token),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

/// What lib.rs passes on: `Error` from `error`, and so on.
fn exports(lib: &str) -> HashMap<String, String> {
    let tokens = tokens(lib);
    let mut exports = HashMap::new();
    for (at, token) in tokens.iter().enumerate() {
        if *token == "use" && at > 0 && tokens[at - 1] == "pub" && tokens[at + 2] == "::" {
            for name in heads(&tokens[at + 3..]) {
                exports.insert(name.to_owned(), tokens[at + 1].to_owned());
            }
        }
    }
    exports
}

/// The names at the crate's root that the file reaches.
fn reached(file: &str, source: &str) -> Vec<String> {
    let own = file.trim_end_matches(".rs").split('/').filter(|part| !matches!(*part, "mod" | "lib")).count();
    let tokens = tokens(source);
    let mut names = Vec::new();
    // The depth of braces at which each inline module ends.
    let (mut inline, mut depth) = (Vec::new(), 0);
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "{" => {
                if at >= 2 && tokens[at - 2] == "mod" {
                    inline.push(depth);
                }
                depth += 1;
            }
            "}" => {
                depth -= 1;
                inline.pop_if(|end| *end == depth);
            }
            "crate" if tokens.get(at + 1) == Some(&"::") => names.extend(heads(&tokens[at + 2..])),
            "super" if at == 0 || tokens[at - 1] != "::" => {
                let supers = tokens[at..].chunks(2).take_while(|pair| *pair == ["super", "::"]).count();
                if supers >= own + inline.len() {
                    names.extend(heads(&tokens[at + 2 * supers..]));
                }
            }
            _ => {}
        }
    }
    names.into_iter().map(str::to_owned).collect()
}

/// What is wrong with a file of the core.
fn faults(file: &str, source: &str, exports: &HashMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    let room = file.split('/').next().unwrap().trim_end_matches(".rs");
    if room != "lib" {
        match ROOMS.iter().find(|(name, _)| *name == room) {
            None => faults.push(format!("{file}: the room {room} is not listed in this test")),
            Some((_, allowed)) => {
                for name in reached(file, source) {
                    let target = exports.get(&name).unwrap_or(&name);
                    if target != room && !allowed.contains(&target.as_str()) {
                        faults.push(format!("{file}: {room} must not import {target}"));
                    }
                }
            }
        }
    }
    let tokens = tokens(source);
    let has = |sequence: &[&str]| tokens.windows(sequence.len()).any(|window| window == sequence);
    if !file.starts_with("scan/") && (has(&["std", "::", "arch"]) || has(&["core", "::", "arch"])) {
        faults.push(format!("{file}: std::arch outside scan"));
    }
    if has(&["unsafe"]) && !UNSAFE.iter().any(|home| file.starts_with(home)) {
        faults.push(format!("{file}: unsafe code outside its homes"));
    }
    for foreign in ["pyo3", "polars", "pyo3_polars", "pyo3_ffi"] {
        if has(&[foreign]) {
            faults.push(format!("{file}: the core does not know {foreign}"));
        }
    }
    faults
}

/// The names in the dependency tables of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut table = String::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_end_matches(']').to_owned();
            // `[dependencies.name]` is a dependency as well.
            if let Some((_, name)) = table.split_once("dependencies.") {
                names.push(name.to_owned());
            }
        } else if table.ends_with("dependencies") && !line.starts_with('#') {
            names.extend(
                line.split(['=', '.']).next().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
            );
        }
    }
    names
}

#[test]
fn imports_run_one_way() {
    let files = sources(&root().join("src"));
    let lib = &files.iter().find(|(name, _)| name == "lib.rs").expect("src/lib.rs").1;
    let exports = exports(lib);
    assert_eq!(exports.get("ErrorKind").map(String::as_str), Some("error"));
    let found: Vec<String> = files.iter().flat_map(|(name, source)| faults(name, source, &exports)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_room_may_import_only_rooms_above_it() {
    for (place, (room, allowed)) in ROOMS.iter().enumerate() {
        for import in *allowed {
            assert!(ROOMS[..place].iter().any(|(name, _)| name == import), "{room} imports {import}");
        }
    }
}

#[test]
fn python_and_polars_stay_outside_the_core() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let names = dependencies(&manifest);
    assert!(names.iter().any(|name| name == "arrow"), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("pyo3") || name.contains("polars")), "{names:?}");
}

#[test]
fn the_plugin_parses_nothing() {
    let plugin = root().join("polars_plugin");
    let names = dependencies(&fs::read_to_string(plugin.join("Cargo.toml")).unwrap());
    assert!(names.iter().any(|name| name == "fast-csv"), "{names:?}");
    assert!(!names.iter().any(|name| PARSERS.contains(&name.as_str())), "{names:?}");
    for (file, source) in sources(&plugin.join("src")) {
        let tokens = tokens(&source);
        for room in ["scan", "tokenize", "split", "decode"] {
            // Expressions ask the core's scalar parsers what a text is.
            let inside = tokens.windows(5).any(|path| path[..3] == ["fast_csv", "::", room] && path[4] != "parse");
            assert!(!inside, "{file}: the plugin reads by `fast_csv::reader`, not by `fast_csv::{room}`");
        }
    }
}

#[test]
fn the_checker_sees_what_is_wrong() {
    let exports = exports("pub use dialect::Dialect;\npub use reader::{Batches, Scan};");
    for (file, source, fault) in [
        ("scan/drive.rs", "use crate::reader::Scan;", "scan must not import reader"),
        ("scan/drive.rs", "use crate::{dialect::Dialect, tokenize::index};", "scan must not import tokenize"),
        ("dialect.rs", "fn f() -> crate::Scan { x }", "dialect must not import reader"),
        ("decode/int.rs", "use super::super::reader;", "decode must not import reader"),
        ("decode/mod.rs", "use super::{schema::Seen, scan};", "decode must not import schema"),
        ("error.rs", "mod tests { use super::super::source; }", "error must not import source"),
        ("source/file.rs", "use crate::Dialect;", "source must not import dialect"),
        ("split.rs", "use std::arch::x86_64;", "std::arch outside scan"),
        ("split.rs", "fn f<'a>(x: &'a u8) { unsafe { g(x) } }", "unsafe code"),
        ("schema/infer.rs", "use polars::prelude;", "does not know polars"),
        ("extras.rs", "", "not listed"),
    ] {
        let found = faults(file, source, &exports);
        assert!(found.len() == 1 && found[0].contains(fault), "{source}: {found:?}");
    }
    for (file, source) in [
        ("scan/x86_64/avx2.rs", "use std::arch::x86_64::*; use crate::scan::drive; fn f() { unsafe { g() } }"),
        ("decode/int.rs", "mod tests { use super::super::Cause; } use super::Cause;"),
        (
            "split.rs",
            "// crate::reader\n/// `unsafe`\nfn f() { \"crate::reader \\\" unsafe\"; '\"'; b'\\''; br#\"a\" unsafe\"#; }",
        ),
        ("reader/task.rs", "use crate::{Dialect, source::{Input, Source}};"),
    ] {
        assert_eq!(faults(file, source, &exports), [""; 0], "{source}");
    }
    assert_eq!(dependencies("[a]\nx = 1\n[dev-dependencies]\ncsv = \"1\"\n[dependencies.pyo3]\n"), ["csv", "pyo3"]);
}
