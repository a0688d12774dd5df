//! Cuts lists into pages, as `Marker` and `MaxItems` ask.

use model::{Kept, OfKind, Qualifier};
use serde::Deserialize;

use super::named;
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;

/// Lambda's own default and bound.
const MOST: usize = 50;

/// Which page of what a function's versions and aliases have.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfFunction {
    function_name: String,
    marker: Option<String>,
    max_items: Option<i64>,
}

impl OfFunction {
    /// Everything of one kind that is set for them, by qualifier, and the marker of the next page.
    pub(super) fn of<T: OfKind + 'static, S>(
        &self,
        call: &Call<'_>,
        qualifier: impl Fn(&T) -> &Qualifier,
        shown: impl Fn(&T, &Kept) -> S,
    ) -> Result<(Vec<S>, Option<String>), AwsError> {
        let named = named::find(call, &self.function_name, None)?;
        let all = call.backing.control.resources();
        let own = named::own::<T>(&all, &named.function);
        let (marker, most) = (self.marker.as_deref(), self.max_items);
        let (page, next) = cut(own, |(one, _)| qualifier(one).to_string(), marker, most)?;
        Ok((page.into_iter().map(|(one, kept)| shown(one, kept)).collect(), next))
    }
}

/// How many items are wanted, where so many are the most that are listed at once.
pub(super) fn wanted(items: Option<i64>, most: usize) -> Result<usize, AwsError> {
    let Some(items) = items else { return Ok(most) };
    let items = constraint::within(items, "maxItems", 1..=10_000)?;
    Ok(usize::try_from(items).unwrap_or(most).min(most))
}

/// The items from the marker on, and the marker of the next page. A marker is the name of the last
/// item before it, so that a page stays right when items come and go.
pub(super) fn cut<T>(
    items: Vec<T>,
    name: impl Fn(&T) -> String,
    marker: Option<&str>,
    most: Option<i64>,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let most = wanted(most, MOST)?;
    let after = |item: &T| marker.is_none_or(|marker| *name(item) > *marker);
    let mut page: Vec<T> = items.into_iter().filter(after).collect();
    let more = page.len() > most;
    page.truncate(most);
    let next = page.last().filter(|_| more).map(name);
    Ok((page, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another() {
        let all = || ["a", "b", "c"].map(str::to_owned).to_vec();
        let page = |marker, most| {
            let (page, next) = cut(all(), String::clone, marker, most).expect("a page");
            (page.join(""), next)
        };
        assert_eq!(page(None, Some(2)), ("ab".to_owned(), Some("b".to_owned())));
        assert_eq!(page(Some("b"), Some(2)), ("c".to_owned(), None));
        assert_eq!(page(None, None), ("abc".to_owned(), None));
        assert!(cut(all(), String::clone, None, Some(0)).is_err());
    }
}
