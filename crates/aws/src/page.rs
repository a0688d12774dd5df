//! Long lists in pages: a token tells where the next page begins.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// One page, and the token of the next if there is one.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// A token that no page ended with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadToken;

/// A page of at most `most` items, which come in the order of their keys. The token is the key of
/// the last item before it: items that come or go meanwhile shift nothing.
pub(crate) fn page<T>(
    all: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    token: Option<&str>,
    most: usize,
) -> Result<Page<T>, BadToken> {
    let after = token.map(read).transpose()?;
    let mut items: Vec<T> = Vec::new();
    for item in all {
        if after.as_deref().is_some_and(|after| key(&item) <= after) {
            continue;
        }
        if items.len() == most {
            let next = items.last().map(|last| BASE64_URL_SAFE_NO_PAD.encode(key(last)));
            return Ok(Page { items, next });
        }
        items.push(item);
    }
    Ok(Page { items, next: None })
}

fn read(token: &str) -> Result<String, BadToken> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| BadToken)?;
    String::from_utf8(bytes).map_err(|_| BadToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once() {
        let all = ["a", "b", "c", "d", "e"];
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let page = page(all, |item| item, token.as_deref(), 2).unwrap();
            assert!(page.items.len() <= 2);
            seen.extend(page.items);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_last_page_that_is_full_has_no_next() {
        assert_eq!(page(["a", "b"], |item| item, None, 2).unwrap().next, None);
    }

    #[test]
    fn a_token_of_nobody_is_refused() {
        assert_eq!(page(["a"], |item| item, Some("?"), 2).err(), Some(BadToken));
    }
}
