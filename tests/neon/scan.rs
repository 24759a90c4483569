//! `src/scan` alone, compiled for 64-bit ARM by `run.sh`: its unit tests run the NEON back end in an emulator.
//!
//! Not a target of Cargo, which takes only the files directly under `tests/`. It needs the standard library and nothing else.
#![deny(unsafe_code)]

#[path = "../../src/scan/mod.rs"]
pub mod scan;
