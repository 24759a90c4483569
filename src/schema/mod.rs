//! Which columns there are, what they are called and of which type they are.
//!
//! [`infer`] judges a type by the texts of a column, [`observe`] has it look at many fields, [`names`] makes names from a
//! header, [`resolve`] joins both with what the user said, and [`values`] holds how these are written. Nothing here reads a
//! source.

pub mod infer;
pub mod names;
pub mod observe;
pub mod resolve;
pub mod values;

pub use infer::{Look, Seen};
pub use observe::Observer;
pub use resolve::{Column, NullValues, Overrides, Wishes};
pub use values::{BinaryEncodings, Formats, Written};
