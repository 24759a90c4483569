//! Lists, arrays and structs from JSON text, each leaf read by the decoder of its own type.
//!
//! What the type does not say is an error and not passed over: another kind of value, a key that the struct does not have or
//! that comes twice, a list of another length than the array's. A key that is missing is null. A number is read from its
//! digits and never becomes a float on the way; what JSON has no form for (dates, bytes, categories, ...) is a string.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, LargeListArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::field::Cells;
use super::null::Nulls;
use super::spelling::Spelling;
use super::{Cause, ColumnSpec, ColumnType, Decoder, Failure, OnCell, Window};
use crate::tokenize::fields::{Fields, Span};

/// A growing column of nested values.
#[derive(Debug)]
pub(super) struct Nested {
    root: Node,
    lossy: bool,
}

/// What a type is made of, with the values so far.
#[derive(Debug)]
enum Node {
    Leaf { decoder: Box<Decoder>, forms: Forms, name: String },
    List { field: FieldRef, item: Box<Node>, ends: Vec<i64>, nulls: Nulls },
    Array { field: FieldRef, item: Box<Node>, width: usize, rows: usize, nulls: Nulls },
    Struct { fields: Vec<(FieldRef, Node)>, rows: usize, nulls: Nulls },
}

/// In which forms of JSON a leaf is written.
#[derive(Clone, Copy, Debug)]
struct Forms {
    numbers: bool,
    strings: bool,
    booleans: bool,
    /// Whether the empty string is a value.
    empty: bool,
}

impl Forms {
    fn of(column_type: &ColumnType) -> Forms {
        use DataType::{BinaryView, Boolean, Decimal128, Duration, Null, Utf8View};
        let (numbers, strings, booleans) = match column_type {
            ColumnType::Plain(Null) => (false, false, false),
            ColumnType::Plain(Boolean) => (false, false, true),
            ColumnType::Plain(Decimal128(..) | Duration(_)) | ColumnType::Int128 | ColumnType::UInt128 => {
                (true, true, false)
            }
            ColumnType::Plain(data_type) if data_type.is_integer() || data_type.is_floating() => (true, false, false),
            _ => (false, true, false),
        };
        let empty = matches!(
            column_type,
            ColumnType::Plain(Utf8View | BinaryView) | ColumnType::Categorical { .. } | ColumnType::Enum { .. }
        );
        Forms { numbers, strings, booleans, empty }
    }
}

impl Nested {
    /// `None` where a part of the type has no decoder.
    pub(super) fn new(spec: &ColumnSpec) -> Option<Nested> {
        Some(Nested { root: Node::new(&spec.data_type, spec)?, lossy: spec.lossy })
    }

    pub(super) fn len(&self) -> usize {
        self.root.len()
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.root.truncate(rows);
    }

    pub(super) fn remove(&mut self, rows: &[usize]) {
        self.root.remove(rows);
    }

    pub(super) fn push_null(&mut self) {
        self.root.push_null();
    }

    /// The nulls are those of the nodes, as JSON has a null of its own.
    pub(super) fn finish(self, _: Option<NullBuffer>) -> ArrayRef {
        self.root.finish()
    }

    pub(super) fn extend<F: Fields>(
        &mut self,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        for row in 0..fields.len() {
            let place = self.root.len();
            let (root, lossy) = (&mut self.root, self.lossy);
            let read = |text: &[u8]| {
                let text = match simdutf8::basic::from_utf8(text) {
                    Ok(text) => Cow::Borrowed(text),
                    Err(_) if lossy => String::from_utf8_lossy(text),
                    Err(_) => return Err(Cause::InvalidUtf8),
                };
                root.read(&text).map(|()| true).map_err(|_| Cause::Cast)
            };
            if !cells.value(window, fields.span(row), place, read).map_err(|cause| Failure { row, cause })? {
                self.root.push_null();
            }
        }
        Ok(())
    }
}

/// What is wrong with a text of a nested type, and where in it; `None` where nothing is.
pub(crate) fn explain(column_type: &ColumnType, spelling: Spelling, text: &str) -> Option<String> {
    let spec = ColumnSpec {
        data_type: column_type.clone(),
        quote: None,
        escape: None,
        null_words: Arc::default(),
        empty_is_null: false,
        lossy: false,
        decimal_mark: b'.',
        spelling,
        on_error: OnCell::Raise,
    };
    Node::new(column_type, &spec)?.read(text).err().map(|error| error.to_string())
}

impl Node {
    fn new(column_type: &ColumnType, spec: &ColumnSpec) -> Option<Node> {
        let item = |item: &ColumnType| Some((Arc::new(item.field("item")), Box::new(Node::new(item, spec)?)));
        Some(match column_type {
            ColumnType::List(inner) => {
                let (field, item) = item(inner)?;
                Node::List { field, item, ends: vec![0], nulls: Nulls::default() }
            }
            ColumnType::Array(inner, width) => {
                i32::try_from(*width).ok()?;
                let (field, item) = item(inner)?;
                Node::Array { field, item, width: *width, rows: 0, nulls: Nulls::default() }
            }
            ColumnType::Struct(fields) => {
                let field = |(name, inner): &(String, ColumnType)| {
                    Some((FieldRef::new(inner.field(name)), Node::new(inner, spec)?))
                };
                let fields = fields.iter().map(field).collect::<Option<_>>()?;
                Node::Struct { fields, rows: 0, nulls: Nulls::default() }
            }
            leaf => {
                let Spelling { dates, times, datetimes, binary, .. } = spec.spelling.clone();
                let own = ColumnSpec {
                    data_type: leaf.clone(),
                    quote: None,
                    escape: None,
                    null_words: Arc::default(),
                    empty_is_null: false,
                    lossy: false,
                    decimal_mark: b'.',
                    spelling: Spelling { dates, times, datetimes, binary, ..Spelling::default() },
                    on_error: OnCell::Raise,
                };
                let decoder = Box::new(Decoder::try_new(&own, 0)?);
                Node::Leaf { decoder, forms: Forms::of(leaf), name: leaf.to_string() }
            }
        })
    }

    fn len(&self) -> usize {
        match self {
            Node::Leaf { decoder, .. } => decoder.len(),
            Node::List { ends, .. } => ends.len() - 1,
            Node::Array { rows, .. } | Node::Struct { rows, .. } => *rows,
        }
    }

    fn push_null(&mut self) {
        let row = self.len();
        match self {
            Node::Leaf { decoder, .. } => decoder.push_null(),
            Node::List { item, ends, nulls, .. } => {
                ends.push(item.len() as i64);
                nulls.push(row);
            }
            Node::Array { item, width, rows, nulls, .. } => {
                (0..*width).for_each(|_| item.push_null());
                *rows += 1;
                nulls.push(row);
            }
            Node::Struct { fields, rows, nulls } => {
                fields.iter_mut().for_each(|(_, node)| node.push_null());
                *rows += 1;
                nulls.push(row);
            }
        }
    }

    /// Forgets every row from `kept` on, and what a value that broke off has left behind the last.
    fn truncate(&mut self, kept: usize) {
        match self {
            Node::Leaf { decoder, .. } => decoder.truncate(kept),
            Node::List { item, ends, nulls, .. } => {
                ends.truncate(kept + 1);
                item.truncate(ends[ends.len() - 1] as usize);
                nulls.truncate(kept);
            }
            Node::Array { item, width, rows, nulls, .. } => {
                *rows = kept.min(*rows);
                item.truncate(*rows * *width);
                nulls.truncate(kept);
            }
            Node::Struct { fields, rows, nulls } => {
                *rows = kept.min(*rows);
                fields.iter_mut().for_each(|(_, node)| node.truncate(kept));
                nulls.truncate(kept);
            }
        }
    }

    /// Takes out sorted rows.
    fn remove(&mut self, gone: &[usize]) {
        match self {
            Node::Leaf { decoder, .. } => decoder.remove(gone),
            Node::List { item, ends, nulls, .. } => {
                let items: Vec<usize> =
                    gone.iter().flat_map(|&row| ends[row] as usize..ends[row + 1] as usize).collect();
                item.remove(&items);
                let lengths = ends.windows(2).map(|pair| pair[1] - pair[0]).enumerate();
                let left = lengths.filter(|(row, _)| gone.binary_search(row).is_err());
                let mut end = 0;
                let behind = left.map(|(_, length)| {
                    end += length;
                    end
                });
                *ends = std::iter::once(0).chain(behind).collect();
                nulls.remove(gone);
            }
            Node::Array { item, width, rows, nulls, .. } => {
                item.remove(&gone.iter().flat_map(|&row| row * *width..(row + 1) * *width).collect::<Vec<_>>());
                *rows -= gone.len();
                nulls.remove(gone);
            }
            Node::Struct { fields, rows, nulls } => {
                fields.iter_mut().for_each(|(_, node)| node.remove(gone));
                *rows -= gone.len();
                nulls.remove(gone);
            }
        }
    }

    fn finish(self) -> ArrayRef {
        let rows = self.len();
        match self {
            Node::Leaf { decoder, .. } => decoder.finish(),
            Node::List { field, item, ends, nulls } => {
                let ends = OffsetBuffer::new(ends.into());
                Arc::new(LargeListArray::new(field, ends, item.finish(), nulls.finish(rows)))
            }
            Node::Array { field, item, width, nulls, .. } => {
                let (width, nulls) = (width as i32, nulls.finish(rows));
                let array = FixedSizeListArray::try_new_with_length(field, width, item.finish(), nulls, rows);
                Arc::new(array.unwrap_or_else(|error| panic!("an array has its width in every row: {error}")))
            }
            Node::Struct { fields, nulls, .. } => {
                let (fields, nodes): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
                let columns = nodes.into_iter().map(Node::finish).collect();
                let array = StructArray::try_new_with_length(fields.into(), columns, nulls.finish(rows), rows);
                Arc::new(array.unwrap_or_else(|error| panic!("fields of a struct have its rows: {error}")))
            }
        }
    }

    /// Appends the value that a text holds, or nothing.
    fn read(&mut self, text: &str) -> serde_json::Result<()> {
        let before = self.len();
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Into(self).deserialize(&mut json).and_then(|()| json.end());
        if read.is_err() {
            self.truncate(before);
        }
        read
    }
}

/// Appends the next value of a text to a node.
struct Into<'a>(&'a mut Node);

impl<'de> DeserializeSeed<'de> for Into<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if let Node::Leaf { decoder, forms, name } = self.0 {
            let raw = <&RawValue>::deserialize(deserializer)?.get();
            return leaf(decoder, *forms, raw).map_err(|wrong| {
                let shown: String = raw.chars().take(40).collect();
                D::Error::custom(format_args!("{shown} {wrong} {name}"))
            });
        }
        deserializer.deserialize_any(self)
    }
}

/// Appends a scalar; says what is wrong with it otherwise.
fn leaf(decoder: &mut Decoder, forms: Forms, raw: &str) -> Result<(), &'static str> {
    const NONE: &str = "is not of type";
    let text = match raw.as_bytes().first() {
        Some(b'n') => {
            decoder.push_null();
            return Ok(());
        }
        Some(b'"') if forms.strings => serde_json::from_str::<Cow<'_, str>>(raw).map_err(|_| NONE)?,
        Some(b't' | b'f') if forms.booleans => Cow::Borrowed(raw),
        Some(b'-' | b'0'..=b'9') if forms.numbers => Cow::Borrowed(raw),
        _ => return Err(NONE),
    };
    if text.is_empty() && !forms.empty {
        return Err(NONE);
    }
    let end = u32::try_from(text.len()).map_err(|_| NONE)?;
    let window = Window { data: text.as_bytes(), quotes: false, doubled: false, escapes: false, utf8: true };
    let read = decoder.extend(&window, &[Span { start: 0, end }][..]);
    read.map_err(|failure| if failure.cause == Cause::Overflow { "does not fit" } else { NONE })
}

impl<'de> Visitor<'de> for Into<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Node::Leaf { name, .. } => f.write_str(name),
            Node::List { .. } => f.write_str("a list"),
            Node::Array { width, .. } => write!(f, "a list of {width}"),
            Node::Struct { .. } => f.write_str("an object"),
        }
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push_null();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        match self.0 {
            Node::List { item, ends, .. } => {
                while items.next_element_seed(Into(item))?.is_some() {}
                ends.push(item.len() as i64);
                Ok(())
            }
            Node::Array { item, width, rows, .. } => {
                let mut count = 0;
                while count < *width && items.next_element_seed(Into(item))?.is_some() {
                    count += 1;
                }
                if count < *width || items.next_element::<&RawValue>()?.is_some() {
                    return Err(A::Error::custom(format_args!("a list of another length than {width}")));
                }
                *rows += 1;
                Ok(())
            }
            _ => Err(A::Error::custom("a list where an object is expected")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Node::Struct { fields, rows, .. } = self.0 else {
            return Err(A::Error::custom("an object where a list is expected"));
        };
        // Keys mostly come in the order of the fields.
        let mut next = 0;
        while let Some(key) = entries.next_key::<Cow<'_, str>>()? {
            let is_it = |at: &usize| *fields[*at].0.name() == key;
            let found = (next..fields.len()).chain(0..next).find(is_it);
            let Some(at) = found else {
                return Err(A::Error::custom(format_args!("the key {key:?} is not a field of the type")));
            };
            if fields[at].1.len() > *rows {
                return Err(A::Error::custom(format_args!("the key {key:?} comes twice")));
            }
            entries.next_value_seed(Into(&mut fields[at].1))?;
            next = at + 1;
        }
        *rows += 1;
        fields.iter_mut().filter(|(_, node)| node.len() < *rows).for_each(|(_, node)| node.push_null());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Array;
    use arrow::util::display::array_value_to_string;

    fn of(name: &str, column_type: impl std::convert::Into<ColumnType>) -> (String, ColumnType) {
        (name.into(), column_type.into())
    }

    fn order() -> ColumnType {
        let line = ColumnType::Struct(vec![of("sku", DataType::Utf8View), of("price", DataType::Decimal128(10, 2))]);
        ColumnType::Struct(vec![
            of("id", DataType::Int64),
            of("day", DataType::Date32),
            of("lines", ColumnType::List(Box::new(line))),
            of("place", ColumnType::Array(Box::new(DataType::Float64.into()), 2)),
        ])
    }

    fn told(text: &str) -> Option<String> {
        explain(&order(), Spelling::default(), text)
    }

    #[test]
    fn values_are_read_by_the_decoders_of_their_types() {
        let spec = ColumnSpec { data_type: order(), ..crate::decode::tests::spec(DataType::Null) };
        let mut node = Node::new(&order(), &spec).unwrap();
        for text in [
            r#"{"id": 1, "day": "2024-03-01", "lines": [{"sku": "a\"b", "price": 1.10}], "place": [1.5, -2]}"#,
            r#" {"lines": [], "place": null} "#,
            "null",
            r#"{"lines": [null, {"price": "7", "sku": ""}, {}]}"#,
        ] {
            node.read(text).unwrap();
        }
        assert!(node.read(r#"{"id": 2, "lines": [{"price": 1}, {"price": 1.234}]}"#).is_err());
        assert!(node.read(r#"{"id": 2, "place": [1]}"#).is_err());
        node.remove(&[1]);
        let array = node.finish();
        array.to_data().validate_full().unwrap();
        assert_eq!(array.data_type(), &order().data_type());
        let shown: Vec<String> = (0..array.len()).map(|row| array_value_to_string(&array, row).unwrap()).collect();
        assert_eq!(
            shown,
            [
                "{id: 1, day: 2024-03-01, lines: [{sku: a\"b, price: 1.10}], place: [1.5, -2.0]}",
                "",
                "{id: , day: , lines: [, {sku: , price: 7.00}, {sku: , price: }], place: }",
            ]
        );
    }

    #[test]
    fn what_the_type_does_not_say_is_told_with_its_place() {
        for (text, wanted) in [
            (r#"{"id": "1"}"#, "\"1\" is not of type Int64 at line 1 column 11"),
            (r#"{"id": 1.0}"#, "1.0 is not of type Int64"),
            (r#"{"id": 99999999999999999999}"#, "99999999999999999999 does not fit Int64"),
            (r#"{"id": true}"#, "true is not of type Int64"),
            (r#"{"id": [1]}"#, "[1] is not of type Int64"),
            (r#"{"day": "2024-02-30"}"#, "\"2024-02-30\" is not of type Date"),
            (r#"{"day": ""}"#, "\"\" is not of type Date"),
            (r#"{"key": 1}"#, "the key \"key\" is not a field of the type"),
            (r#"{"id": 1, "id": 2}"#, "the key \"id\" comes twice"),
            (r#"{"place": [1]}"#, "a list of another length than 2"),
            (r#"{"place": [1, 2, 3]}"#, "a list of another length than 2"),
            (r#"{"lines": [{"price": 1.234}]}"#, "1.234 is not of type Decimal(10, 2)"),
            (r#"{"lines": {}}"#, "an object where a list is expected"),
            (r#"{"lines": 1}"#, "expected a list"),
            ("[]", "a list where an object is expected"),
            ("1", "expected an object"),
            ("{", "EOF"),
            ("{} x", "trailing characters"),
            ("", "EOF"),
        ] {
            let told = told(text).unwrap_or_else(|| panic!("{text}"));
            assert!(told.contains(wanted), "{text}: {told}");
        }
        assert_eq!(told("{}"), None);
        let deep = "[".repeat(100_000);
        assert!(told(&format!("{{\"id\": {deep}")).is_some());
    }
}
