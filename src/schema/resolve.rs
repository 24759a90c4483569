//! Joins what the header says, what the sample shows and what the user asked for.

use super::infer::Seen;
use super::names;
use crate::decode::{self, ColumnType};
use crate::error::{Error, Result};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Types for some of the columns.
#[derive(Clone, Debug, PartialEq)]
pub enum Overrides {
    /// By name; a name that no column bears is passed over, as in polars.
    ByName(Vec<(String, ColumnType)>),
    /// For all columns, in the file's order.
    ByPosition(Vec<ColumnType>),
}

/// Words that mean null.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum NullValues {
    /// None.
    #[default]
    None,
    /// The same for every column.
    All(Vec<String>),
    /// By column name.
    PerColumn(Vec<(String, Vec<String>)>),
}

impl NullValues {
    /// The words of all columns.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let (words, columns): (&[String], &[(String, Vec<String>)]) = match self {
            NullValues::None => (&[], &[]),
            NullValues::All(words) => (words, &[]),
            NullValues::PerColumn(columns) => (&[], columns),
        };
        words.iter().chain(columns.iter().flat_map(|(_, words)| words)).map(String::as_str)
    }

    /// The words of a column.
    pub fn words(&self, column: &str) -> Arc<[Box<[u8]>]> {
        let words: &[String] = match self {
            NullValues::None => &[],
            NullValues::All(words) => words,
            NullValues::PerColumn(columns) => {
                columns.iter().find(|(name, _)| name == column).map_or(&[][..], |(_, words)| words)
            }
        };
        words.iter().map(|word| word.as_bytes().into()).collect()
    }
}

/// What the user says about the schema.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Every column: by name where there is a header, by position where there is none.
    pub schema: Option<Vec<(String, ColumnType)>>,
    /// Some columns' types.
    pub overrides: Option<Overrides>,
    /// New names for all columns.
    pub new_columns: Option<Vec<String>>,
    /// Columns whose types are given, and were inferred all the same: by a scan that this one is a copy of.
    pub guessed: Vec<String>,
    /// Other names for columns, by those that they have; not together with `new_columns`.
    pub renames: Option<HashMap<String, String>>,
    /// Whether columns of a header that the schema does not name are passed over, or else an error.
    pub ignores_extra: bool,
    /// Whether columns of the schema that a header does not name are null, or else an error.
    pub inserts_missing: bool,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: ColumnType,
    /// Its place in the file's records, or [`Column::ABSENT`].
    pub field: usize,
}

impl Column {
    /// The place of a column that the file does not have: it is null in every row.
    pub const ABSENT: usize = usize::MAX;
}

impl Wishes {
    /// Refuses types that no decoder makes, before any file is opened.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument), or [`Duplicate`](crate::ErrorKind::Duplicate).
    pub fn check(&self) -> Result<()> {
        let refuse = |name: &str, data_type: &ColumnType| {
            if decode::supports(data_type) {
                return Ok(());
            }
            Err(Error::argument(format!(
                "column {name:?}: there is no decoder for the type {data_type}; read it as text and cast"
            )))
        };
        if let Some(schema) = &self.schema {
            names::check_unique(schema.iter().map(|(name, _)| name.as_str()), "schema")?;
            schema.iter().try_for_each(|(name, data_type)| refuse(name, data_type))?;
        }
        if let Some(new) = &self.new_columns {
            names::check_unique(new.iter().map(String::as_str), "new_columns")?;
        }
        if let Some(renames) = &self.renames {
            names::check_unique(renames.values().map(String::as_str), "with_column_names")?;
        }
        match &self.overrides {
            None => Ok(()),
            Some(Overrides::ByName(types)) => types.iter().try_for_each(|(name, data_type)| refuse(name, data_type)),
            Some(Overrides::ByPosition(types)) => {
                types.iter().enumerate().try_for_each(|(at, data_type)| refuse(&at.to_string(), data_type))
            }
        }
    }

    /// Whether the type of a column is what the sample suggested, and not what was named.
    pub fn guesses(&self, column: &str) -> bool {
        match &self.overrides {
            _ if self.guessed.iter().any(|name| name == column) => true,
            _ if self.are_complete() => false,
            Some(Overrides::ByName(types)) => types.iter().all(|(name, _)| name != column),
            _ => true,
        }
    }

    /// Whether the sample has no say.
    pub fn are_complete(&self) -> bool {
        self.schema.is_some() || matches!(self.overrides, Some(Overrides::ByPosition(_)))
    }

    /// The names of a file's columns: its header's, or the user's. `None` for a file without a header.
    ///
    /// # Errors
    ///
    /// [`Schema`](crate::ErrorKind::Schema) where the numbers differ, [`Duplicate`](crate::ErrorKind::Duplicate).
    pub fn names(&self, header: Option<Vec<String>>, fields: usize) -> Result<Vec<String>> {
        let names = match (header, &self.schema) {
            (Some(header), _) => names::deduplicate(header)?,
            (None, Some(schema)) => {
                if fields > schema.len() {
                    return Err(Error::schema(format!(
                        "the file has {fields} columns, the schema {}; name them all",
                        schema.len()
                    )));
                }
                schema.iter().map(|(name, _)| name.clone()).collect()
            }
            (None, None) => names::numbered(fields),
        };
        let named_anew = |name: String| match &self.renames {
            Some(renames) => renames.get(&name).cloned().unwrap_or(name),
            None => name,
        };
        match &self.new_columns {
            None => Ok(names.into_iter().map(named_anew).collect()),
            Some(new) if new.len() == names.len() => Ok(new.clone()),
            // The names are those of the first columns.
            Some(new) if new.len() > names.len() && self.inserts_missing => Ok(new[..names.len()].to_vec()),
            Some(new) if new.len() < names.len() && self.ignores_extra => {
                Ok(new.iter().cloned().chain(names.into_iter().skip(new.len())).collect())
            }
            Some(new) => Err(Error::schema(format!(
                "new_columns gives {} names, the file has {} columns; give one for each",
                new.len(),
                names.len()
            ))),
        }
    }

    /// The columns of the result, in its order.
    ///
    /// # Errors
    ///
    /// [`Schema`](crate::ErrorKind::Schema) where schema or overrides do not fit the file's columns.
    pub fn columns(&self, names: &[String], seen: &[Seen]) -> Result<Vec<Column>> {
        if let Some(schema) = &self.schema {
            return self.by_schema(schema, names);
        }
        let types: Vec<ColumnType> = match &self.overrides {
            Some(Overrides::ByPosition(types)) if types.len() == names.len() => types.clone(),
            Some(Overrides::ByPosition(types)) => {
                return Err(Error::schema(format!(
                    "schema_overrides gives {} types, the file has {} columns; give one for each, or a dict",
                    types.len(),
                    names.len()
                )));
            }
            Some(Overrides::ByName(types)) => {
                let known: HashMap<&str, &ColumnType> =
                    types.iter().map(|(name, data_type)| (&**name, data_type)).collect();
                let judged = |at: usize| seen.get(at).copied().unwrap_or_default().data_type();
                let chosen = |(at, name): (usize, &String)| {
                    known.get(&**name).map_or_else(|| judged(at), |known| (*known).clone())
                };
                names.iter().enumerate().map(chosen).collect()
            }
            None => (0..names.len()).map(|at| seen.get(at).copied().unwrap_or_default().data_type()).collect(),
        };
        let columns = names.iter().zip(types).enumerate();
        // What is passed over has no name among the new ones.
        let most = self.new_columns.as_ref().filter(|_| self.ignores_extra).map_or(usize::MAX, Vec::len);
        let columns = columns.take(most);
        Ok(columns.map(|(field, (name, data_type))| Column { name: name.clone(), data_type, field }).collect())
    }

    /// Refuses a header whose columns are not those of the scan, which are called `known`, unless what it lacks may be null and
    /// what it has besides may be passed over. Their order is free.
    ///
    /// # Errors
    ///
    /// [`Schema`](crate::ErrorKind::Schema), with the names.
    pub fn match_header(&self, known: &[String], names: &[String]) -> Result<()> {
        match &self.schema {
            Some(schema) => self.match_schema(schema, names),
            None => {
                let missing = without(known, names);
                if !missing.is_empty() && !self.inserts_missing {
                    return Err(Error::schema(format!(
                        "the header {names:?} lacks columns of the files before: {missing:?}; missing_columns=\"insert\" makes them null"
                    )));
                }
                let extra = without(names, known);
                if !extra.is_empty() && !self.ignores_extra {
                    return Err(Error::schema(format!(
                        "the header {names:?} has columns that the files before do not have: {extra:?}; extra_columns=\"ignore\" passes them over"
                    )));
                }
                Ok(())
            }
        }
    }

    fn match_schema(&self, schema: &[(String, ColumnType)], names: &[String]) -> Result<()> {
        let known: Vec<String> = schema.iter().map(|(name, _)| name.clone()).collect();
        let missing = without(&known, names);
        if !missing.is_empty() && !self.inserts_missing {
            return Err(Error::schema(format!(
                "the schema names columns that the file does not have: {missing:?} (the file has {names:?}); remove them from schema, or missing_columns=\"insert\" makes them null"
            )));
        }
        let extra = without(names, &known);
        if !extra.is_empty() && !self.ignores_extra {
            return Err(Error::schema(format!(
                "the file has columns that the schema does not name: {extra:?}; name them in schema, give only schema_overrides, or extra_columns=\"ignore\" passes them over"
            )));
        }
        Ok(())
    }

    /// The columns in the schema's order, each found in the file by its name.
    fn by_schema(&self, schema: &[(String, ColumnType)], names: &[String]) -> Result<Vec<Column>> {
        self.match_schema(schema, names)?;
        let fields: HashMap<&str, usize> = names.iter().enumerate().map(|(field, name)| (&**name, field)).collect();
        let columns = schema.iter().map(|(name, data_type)| Column {
            name: name.clone(),
            data_type: data_type.clone(),
            field: fields.get(&**name).copied().unwrap_or(Column::ABSENT),
        });
        Ok(columns.collect())
    }
}

/// The names that are not among others.
fn without<'a>(names: &'a [String], others: &[String]) -> Vec<&'a String> {
    let others: HashSet<&String> = others.iter().collect();
    names.iter().filter(|name| !others.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::DataType;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn a_schema_is_taken_by_name_and_gives_the_order() {
        let wishes = Wishes {
            schema: Some(vec![("b".into(), DataType::Int8.into()), ("a".into(), DataType::Utf8View.into())]),
            ..Wishes::default()
        };
        let columns = wishes.columns(&names(&["a", "b"]), &[]).unwrap();
        assert_eq!(
            columns.iter().map(|column| (&*column.name, column.field)).collect::<Vec<_>>(),
            [("b", 1), ("a", 0)]
        );
        assert!(wishes.columns(&names(&["a", "b", "c"]), &[]).is_err());
        assert!(wishes.columns(&names(&["a"]), &[]).is_err());
        assert_eq!(wishes.names(None, 2).unwrap(), ["b", "a"]);
    }

    #[test]
    fn overrides_win_over_the_sample() {
        let mut seen = [Seen::default(); 2];
        seen.iter_mut().for_each(|seen| seen.add(b"1", &crate::schema::Look::default()));
        let overrides =
            Some(Overrides::ByName(vec![("b".into(), DataType::UInt8.into()), ("z".into(), DataType::Int8.into())]));
        let wishes = Wishes { overrides, ..Wishes::default() };
        let columns = wishes.columns(&names(&["a", "b"]), &seen).unwrap();
        assert_eq!(columns[0].data_type, DataType::Int64);
        assert_eq!(columns[1].data_type, DataType::UInt8);
        let positions =
            Wishes { overrides: Some(Overrides::ByPosition(vec![DataType::Int8.into()])), ..Wishes::default() };
        assert!(positions.columns(&names(&["a", "b"]), &seen).is_err());
    }

    #[test]
    fn a_type_without_a_decoder_is_refused() {
        let schema = Some(vec![("a".into(), DataType::Interval(arrow::datatypes::IntervalUnit::DayTime).into())]);
        assert!(Wishes { schema, ..Wishes::default() }.check().is_err());
    }
}
