//! A CSV reader that decodes straight into Arrow record batches, on all cores, and never loses a row without saying so.
//!
//! ```
//! use fast_csv::{ReaderBuilder, Source};
//! use std::sync::Arc;
//!
//! let bytes = Source::Bytes(Arc::new("price,side\n1.5,buy\n2.25,sell\n"));
//! let scan = ReaderBuilder::new().resolve(vec![bytes])?;
//! assert_eq!(scan.schema().field(0).data_type(), &arrow::datatypes::DataType::Float64);
//! let batches: Vec<_> = scan.read(Default::default())?.collect::<Result<_, _>>().unwrap();
//! assert_eq!(batches[0].num_rows(), 2);
//! # Ok::<(), fast_csv::Error>(())
//! ```
//!
//! # The rooms
//!
//! Bytes flow one way, and imports with them:
//!
//! | module | from | to |
//! |---|---|---|
//! | [`error`] | | what can go wrong, and where |
//! | [`dialect`] | | the bytes that give structure, as data |
//! | [`scan`] | bytes | 64-bit masks, positions; the only home of `std::arch` |
//! | [`tokenize`] | positions | records and fields: a field index, exact in any dialect |
//! | [`split`] | a byte range | record-safe cuts |
//! | [`decode`] | the fields of one column | one Arrow array |
//! | [`schema`] | header, sample, wishes | columns |
//! | [`sniff`] | the head of a file, and stretches of it | a dialect, and how sure it is |
//! | [`source`] | files, bytes | windows of bytes; knows nothing of the rest |
//! | [`reader`] | all of these | record batches, in parallel and in order |
//! | [`validate`] | values, the cells of a read | answers: what is asked of them, which rules they break; profiles |
//! | [`recycling`] | an allocator | one that keeps large blocks from one read to the next |

pub mod decode;
pub mod dialect;
pub mod error;
pub mod reader;
pub mod recycling;
pub mod scan;
pub mod schema;
pub mod sniff;
pub mod source;
pub mod split;
pub mod tokenize;
pub mod validate;

pub use decode::format::{Format, Temporal};
pub use decode::{BinaryEncoding, ColumnType, Truths};
pub use dialect::Dialect;
pub use error::{Code, CsvIssue, Error, ErrorKind, Position, Result};
pub use reader::{
    Action, Batches, Encoding, Fold, Folding, Inference, Meter, Next, OnError, Part, Piece, Progress, ReaderBuilder,
    Rejects, Request, RowIndex, Scan, ShortRecords, Sniffed, count_records, predicate, records, rejects,
};
pub use scan::Backend;
pub use schema::{BinaryEncodings, Formats, NullValues, Overrides};
pub use sniff::Given;
pub use source::{Charset, Compression, MemoryMap, Source};
pub use validate::profile;
