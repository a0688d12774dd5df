//! A function's tags.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>

use std::collections::BTreeMap;

use super::named::{self, Named};
use super::problem::invalid;
use crate::call::Call;
use crate::error::AwsError;
use crate::tag;

pub(super) type Tags = BTreeMap<String, String>;

const MOST: usize = 50;

/// The function whose tags they are: its versions and aliases have none of their own.
pub(super) fn find(call: &Call<'_>, resource: &str) -> Result<Named, AwsError> {
    let named = named::find(call, resource, None)?;
    match named.given {
        None => Ok(named),
        Some(_) => Err(invalid(
            "Tags on function aliases and versions are not supported. Please specify a function \
             ARN.",
        )),
    }
}

/// Adds tags; one with the same key is replaced.
pub(super) fn add(tags: &mut Tags, added: &Tags) -> Result<(), AwsError> {
    for (key, value) in added {
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(invalid(format!(
                "a tag's key has 1 to 128 characters and its value at most 256: {key}"
            )));
        }
        if tag::is_reserved(key) {
            return Err(invalid(tag::RESERVED));
        }
        tags.insert(key.clone(), value.clone());
    }
    if tags.len() > MOST {
        return Err(invalid("Number of tags exceeds resource tag limit."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(keys: std::ops::Range<usize>) -> Tags {
        keys.map(|key| (key.to_string(), String::new())).collect()
    }

    #[test]
    fn a_function_has_at_most_fifty() {
        let mut own = tags(0..30);
        assert!(add(&mut own, &tags(10..50)).is_ok(), "one with the same key is the same tag");
        let refused = add(&mut own, &tags(50..51)).expect_err("one too many");
        assert_eq!(refused.code(), "InvalidParameterValueException");
    }

    #[test]
    fn keys_and_values_have_bounds() {
        let is_taken = |key: &str, value: &str| {
            let added = [(key.to_owned(), value.to_owned())].into();
            add(&mut Tags::default(), &added).is_ok()
        };
        assert!(is_taken(&"é".repeat(128), &"v".repeat(256)));
        assert!(!is_taken("", ""));
        assert!(!is_taken(&"k".repeat(129), ""));
        assert!(!is_taken("k", &"v".repeat(257)));
        assert!(!is_taken("aws:k", ""));
    }
}
