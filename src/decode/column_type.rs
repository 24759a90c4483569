//! What a column becomes: the types of Arrow that have a decoder, and those that Arrow has no name for.
//!
//! A [`ColumnType`] is what a user asks for; [`ColumnType::field`] is what Arrow is told. What Polars calls its types is what
//! errors call them, by [`Display`](fmt::Display).

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};

/// The type of a column.
///
/// ```
/// use arrow::datatypes::DataType;
/// use fast_csv::ColumnType;
///
/// let price = ColumnType::from(DataType::Decimal128(10, 2));
/// assert_eq!(price.to_string(), "Decimal(10, 2)");
/// assert_eq!(price.data_type(), DataType::Decimal128(10, 2));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ColumnType {
    /// A type of Arrow's.
    Plain(DataType),
    /// A signed integer of 128 bits. Arrow has none: the array is a `FixedSizeBinary(16)` of two's complements, lowest byte
    /// first, whose field bears the extension name [`ColumnType::INT128`].
    Int128,
    /// An unsigned integer of 128 bits; as [`ColumnType::Int128`], with the extension name [`ColumnType::UINT128`].
    UInt128,
    /// Texts, each distinct one held once: `Dictionary(UInt32, Utf8View)`, of which every batch has its own.
    Categorical {
        /// Passed on with the field.
        metadata: HashMap<String, String>,
    },
    /// As a categorical of these texts alone, which are the dictionary of every batch.
    Enum {
        /// The texts.
        categories: Arc<[String]>,
        /// Passed on with the field.
        metadata: HashMap<String, String>,
    },
    /// A `LargeList` from the text of a JSON array.
    List(Box<ColumnType>),
    /// A `FixedSizeList` of so many items from the text of a JSON array.
    Array(Box<ColumnType>, usize),
    /// A `Struct` from the text of a JSON object. A key that is missing is null.
    Struct(Vec<(String, ColumnType)>),
}

/// The key of a field's metadata that names an extension type.
const EXTENSION: &str = "ARROW:extension:name";

impl From<DataType> for ColumnType {
    /// Lists, structs and dictionaries by what they are made of, all other types as they are.
    fn from(data_type: DataType) -> ColumnType {
        let inner = |field: &Field| ColumnType::from(field.data_type().clone());
        match &data_type {
            DataType::LargeList(item) => ColumnType::List(Box::new(inner(item))),
            DataType::FixedSizeList(item, width) => match usize::try_from(*width) {
                Ok(width) => ColumnType::Array(Box::new(inner(item)), width),
                Err(_) => ColumnType::Plain(data_type),
            },
            DataType::Struct(fields) => {
                ColumnType::Struct(fields.iter().map(|field| (field.name().clone(), inner(field))).collect())
            }
            DataType::Dictionary(key, value) if (&**key, &**value) == (&DataType::UInt32, &DataType::Utf8View) => {
                ColumnType::Categorical { metadata: HashMap::new() }
            }
            _ => ColumnType::Plain(data_type),
        }
    }
}

impl PartialEq<DataType> for ColumnType {
    fn eq(&self, other: &DataType) -> bool {
        matches!(self, ColumnType::Plain(data_type) if data_type == other)
    }
}

impl ColumnType {
    /// The extension name of fields of signed integers of 128 bits.
    pub const INT128: &'static str = "fast_csv.int128";
    /// The extension name of fields of unsigned integers of 128 bits.
    pub const UINT128: &'static str = "fast_csv.uint128";

    /// The type of the arrays.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            ColumnType::Plain(data_type) => data_type.clone(),
            ColumnType::Int128 | ColumnType::UInt128 => DataType::FixedSizeBinary(16),
            ColumnType::Categorical { .. } | ColumnType::Enum { .. } => {
                DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8View))
            }
            ColumnType::List(item) => DataType::LargeList(Arc::new(item.field("item"))),
            ColumnType::Array(item, width) => {
                DataType::FixedSizeList(Arc::new(item.field("item")), i32::try_from(*width).unwrap_or(i32::MAX))
            }
            ColumnType::Struct(fields) => {
                DataType::Struct(fields.iter().map(|(name, inner)| inner.field(name)).collect())
            }
        }
    }

    /// The field of a column of this type.
    #[must_use]
    pub fn field(&self, name: &str) -> Field {
        let field = Field::new(name, self.data_type(), true);
        match self {
            ColumnType::Int128 => field.with_metadata(HashMap::from([(EXTENSION.into(), Self::INT128.into())])),
            ColumnType::UInt128 => field.with_metadata(HashMap::from([(EXTENSION.into(), Self::UINT128.into())])),
            ColumnType::Categorical { metadata } => field.with_metadata(metadata.clone()),
            ColumnType::Enum { metadata, .. } => field.with_dict_is_ordered(true).with_metadata(metadata.clone()),
            _ => field,
        }
    }

    /// Whether a wider integer or decimal type may hold what this one does not.
    pub(crate) fn is_exact_number(&self) -> bool {
        match self {
            ColumnType::Plain(data_type) => data_type.is_integer() || matches!(data_type, DataType::Decimal128(..)),
            ColumnType::Int128 | ColumnType::UInt128 => true,
            _ => false,
        }
    }

    /// Whether values are written as JSON.
    pub(crate) fn is_nested(&self) -> bool {
        matches!(self, ColumnType::List(_) | ColumnType::Array(..) | ColumnType::Struct(_))
    }
}

impl fmt::Display for ColumnType {
    /// The type as Polars writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Plain(data_type) => write_plain(data_type, f),
            ColumnType::Int128 => f.write_str("Int128"),
            ColumnType::UInt128 => f.write_str("UInt128"),
            ColumnType::Categorical { .. } => f.write_str("Categorical"),
            ColumnType::Enum { .. } => f.write_str("Enum"),
            ColumnType::List(item) => write!(f, "List({item})"),
            ColumnType::Array(item, width) => write!(f, "Array({item}, {width})"),
            ColumnType::Struct(fields) => {
                f.write_str("Struct({")?;
                for (at, (name, inner)) in fields.iter().enumerate() {
                    write!(f, "{}{name:?}: {inner}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("})")
            }
        }
    }
}

fn write_plain(data_type: &DataType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match data_type {
        DataType::Date32 => f.write_str("Date"),
        DataType::Time64(_) => f.write_str("Time"),
        DataType::Utf8View => f.write_str("String"),
        DataType::BinaryView => f.write_str("Binary"),
        DataType::Decimal128(precision, scale) => write!(f, "Decimal({precision}, {scale})"),
        DataType::Duration(unit) => write!(f, "Duration({:?})", short(*unit)),
        DataType::Timestamp(unit, None) => write!(f, "Datetime({:?})", short(*unit)),
        DataType::Timestamp(unit, Some(zone)) => write!(f, "Datetime({:?}, {zone:?})", short(*unit)),
        other => write!(f, "{other}"),
    }
}

fn short(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}
