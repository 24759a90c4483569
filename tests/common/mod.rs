//! What the tests of whole reads share.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use fast_csv::{Batches, Error, Progress};
use std::time::Duration;

/// All rows of a read as one batch.
pub fn drain(batches: &mut Batches) -> Result<RecordBatch, Error> {
    let mut all = Vec::new();
    loop {
        match batches.next_within(Duration::from_secs(60))? {
            Progress::Batch(batch) => all.push(batch),
            Progress::Pending => panic!("a minute passed without a batch"),
            Progress::Done => return Ok(concat_batches(&batches.schema(), &all).unwrap()),
        }
    }
}
