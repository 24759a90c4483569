//! The names of columns: from a header, or made up.

use crate::error::{ErrorKind, Result};
use std::collections::{HashMap, HashSet};

/// So many names take as long to hash as to compare with each other.
const FEW: usize = 16;

/// The names of a file without a header.
pub fn numbered(columns: usize) -> Vec<String> {
    (0..columns).map(|column| format!("column_{column}")).collect()
}

/// Makes the names of a header unique as polars does: the second `a` becomes `a_duplicated_0`, the third `a_duplicated_1`.
///
/// # Errors
///
/// [`ErrorKind::Duplicate`] where the new name is another column's own.
pub fn deduplicate(names: Vec<String>) -> Result<Vec<String>> {
    if are_few_and_unique(&names) {
        return Ok(names);
    }
    let own: HashSet<&str> = names.iter().map(String::as_str).collect();
    if own.len() == names.len() {
        return Ok(names);
    }
    let mut counts: HashMap<&str, usize> = HashMap::with_capacity(names.len());
    let mut unique = Vec::with_capacity(names.len());
    for name in &names {
        let count = counts.entry(name).and_modify(|count| *count += 1).or_insert(0);
        if *count == 0 {
            unique.push(name.clone());
            continue;
        }
        let new = format!("{name}_duplicated_{}", *count - 1);
        if own.contains(&*new) {
            let text = format!("the header names {name:?} twice, and {new:?} is a column too; pass new_columns");
            return Err(ErrorKind::Duplicate(text).into());
        }
        unique.push(new);
    }
    Ok(unique)
}

/// Whether there are so few names that they are sooner compared than hashed, and all differ.
fn are_few_and_unique(names: &[String]) -> bool {
    names.len() <= FEW && names.iter().enumerate().all(|(at, name)| !names[..at].contains(name))
}

/// Refuses names of which two are the same.
///
/// # Errors
///
/// [`ErrorKind::Duplicate`].
pub fn check_unique<'a>(names: impl IntoIterator<Item = &'a str>, of: &str) -> Result<()> {
    let mut known = HashSet::new();
    match names.into_iter().find(|name| !known.insert(*name)) {
        None => Ok(()),
        Some(name) => Err(ErrorKind::Duplicate(format!("{of} names column {name:?} twice")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unique(names: &[&str]) -> Result<Vec<String>> {
        deduplicate(names.iter().map(|name| name.to_string()).collect())
    }

    #[test]
    fn duplicates_are_named_as_polars_names_them() {
        assert_eq!(unique(&["a", "a", "b", "a"]).unwrap(), ["a", "a_duplicated_0", "b", "a_duplicated_1"]);
        assert_eq!(unique(&["", "", "b"]).unwrap(), ["", "_duplicated_0", "b"]);
        let error = unique(&["a", "a_duplicated_0", "a"]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Duplicate(_)));
    }
}
