//! Faults of the records' structure: fields too many or too few, and quotes where none may stand.

use super::issue::Fault;
use super::layout::Layout;
use crate::error::Code;
use crate::tokenize::index::Index;
use crate::tokenize::machine;
use crate::tokenize::shape::Shape;
use std::ops::Range;

/// A field with a stray quote.
pub(super) struct Stray {
    record: usize,
    pub(super) record_start: usize,
    field: usize,
    raw: Range<usize>,
}

/// Every field with a stray quote, where these matter.
pub(super) fn strays(layout: &Layout, index: &Index, data: &[u8]) -> Vec<Stray> {
    let dialect = &layout.options.dialect;
    let mut strays = Vec::new();
    if index.met.stray.is_none() || layout.action(Code::StrayQuote).is_none() {
        return strays;
    }
    let mut found = Vec::new();
    for (record, places) in index.records(dialect, data).enumerate() {
        let record_start = index.start(places.start);
        found.clear();
        machine::strays(dialect, data, record_start, &mut found);
        strays.extend(found.iter().map(|&stray| {
            let field = index.ends[places.clone()].partition_point(|&end| (end as usize) < stray);
            Stray { record, record_start, field, raw: index.field(dialect, data, places.start + field) }
        }));
    }
    strays
}

/// Notes the records that have too many fields, too few, or a stray quote, unless `left` rows come before them.
pub(super) fn judge(layout: &Layout, shape: &Shape, strays: &[Stray], left: usize, faults: &mut Vec<Fault>) {
    let fault = |code, record, field, fields, raw| Fault {
        code,
        record,
        row: shape.rows_before(record),
        field,
        column: None,
        fields,
        rule: None,
        raw,
    };
    let mut note = |fault: Fault| {
        if fault.row < left {
            faults.push(fault);
        }
    };
    let (long, short) = (layout.notes(Code::TooManyFields), layout.notes(Code::TooFewFields));
    for misfit in &shape.misfits {
        let (record, fields) = (misfit.record, misfit.fields);
        if fields > layout.fields && long {
            note(fault(Code::TooManyFields, record, layout.fields, fields, misfit.at..misfit.end));
        } else if fields < layout.fields && short {
            note(fault(Code::TooFewFields, record, fields, fields, misfit.start..misfit.at));
        }
    }
    if layout.notes(Code::StrayQuote) {
        for stray in strays {
            note(fault(Code::StrayQuote, stray.record, stray.field, 0, stray.raw.clone()));
        }
    }
}
