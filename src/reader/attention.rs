//! Types of many records that the read itself names: what it is to learn of each column while it decodes it by the type that the
//! first records suggest.
//!
//! Nearly every value is written in the common way that its decoder looks for first, and of most types what is written so adds
//! nothing to what inference knows: there it is enough to look at the other values. Of all other columns each value is looked
//! at, in the window that is decoded anyway. Either way what was seen in the end names the type that a survey of all
//! records names; where that is another one, the column is to be read again. Who does that is not known here.

use super::layout::File;
use crate::decode::{ColumnType, Spelling};
use crate::schema::{Column, Observer, Seen};
use arrow::datatypes::{DataType, TimeUnit};

/// What is to be learnt of a column.
#[derive(Clone, Debug)]
pub(super) struct Attention {
    /// The type that it is decoded by.
    data_type: ColumnType,
    /// What the first records showed.
    seen: Seen,
    pub(super) observer: Observer,
    pub(super) to: To,
}

/// Which values are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// Those that are not written in the common way.
    Unusual,
    All,
}

impl Attention {
    /// What is to be learnt of a column of a file; `None` where its type is given, or text whatever else it holds.
    pub(super) fn of(file: &File, column: &Column) -> Option<Attention> {
        let Column { name, data_type, field } = column;
        let (options, seen) = (&file.options, file.seen_in(column));
        if *field == Column::ABSENT || !options.wishes.guesses(name) || seen.is_text() {
            return None;
        }
        let (look, null_words) = (options.look(name), options.null_values.words(name));
        let Spelling { thousands, truths, dates, times, datetimes, keeps_zeros, .. } = &look.spelling;
        let formats = [dates, times, datetimes];
        let is_usual =
            thousands.is_none() && truths.is_none() && !keeps_zeros && formats.iter().all(|it| it.is_empty());
        // Decoders of datetimes take dates by the common way too.
        let is_told_by_form = match data_type {
            ColumnType::Plain(data_type) => matches!(
                data_type,
                DataType::Int64
                    | DataType::Float64
                    | DataType::Boolean
                    | DataType::Date32
                    | DataType::Time64(TimeUnit::Nanosecond)
            ),
            _ => false,
        };
        let no_words = null_words.is_empty();
        let observer = Observer::new(&options.dialect, look, null_words);
        let to = if is_usual && no_words && is_told_by_form && observer.is_plain() { To::Unusual } else { To::All };
        Some(Attention { data_type: data_type.clone(), seen, observer, to })
    }

    /// Adds a value's field to what was found, unless it leaves the type as it is.
    pub(super) fn add(&self, found: &mut Seen, raw: &[u8], scratch: &mut Vec<u8>) {
        let mut one = Seen::default();
        self.observer.add(&mut one, raw, scratch);
        if self.is_outgrown_by(one) {
            found.join(one);
        }
    }

    /// Whether a column that holds this beside what the first records showed is of another type.
    pub(super) fn is_outgrown_by(&self, found: Seen) -> bool {
        let mut all = self.seen;
        all.join(found);
        all.data_type() != self.data_type
    }
}
