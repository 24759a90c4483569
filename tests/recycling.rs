//! The columns of one read lie where those of the one before lay, once these were dropped.

use arrow::array::RecordBatch;
use fast_csv::recycling::Recycler;
use fast_csv::{ReaderBuilder, Source};
use std::alloc::System;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

#[global_allocator]
static ALLOC: Recycler<System> = Recycler::new(System);

#[test]
fn a_read_takes_the_memory_of_the_one_before() {
    let mut text = String::from("number,share,text\n");
    (0..60_000).for_each(|row| writeln!(text, "{row},{row}.25,word {row}").unwrap());
    let text: Arc<[u8]> = text.into_bytes().into();
    for threads in [1, 2] {
        let builder = ReaderBuilder::new().with_threads(threads);
        let scan = builder.resolve(vec![Source::Bytes(Arc::new(Arc::clone(&text)))]).unwrap();
        let read = || -> Vec<RecordBatch> {
            let batches = scan.read(Default::default()).unwrap().collect::<Result<_, _>>().unwrap();
            ALLOC.tend();
            batches
        };
        let places = |batches: &[RecordBatch]| -> BTreeSet<usize> {
            let columns = batches.iter().flat_map(RecordBatch::columns);
            columns.map(|column| column.to_data().buffers()[0].as_ptr().addr()).collect()
        };
        let (first, second) = (read(), read());
        assert_eq!(first, second);
        let before = places(&second);
        drop(second);
        let third = read();
        assert_eq!(first, third);
        let after = places(&third);
        // Two threads may be in each other's way.
        assert!(after == before || threads > 1 && after.intersection(&before).count() * 2 > before.len());
    }
}
