//! The variables that a manifest may refer to, and those to which it did.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Variables by name. Copies remember together.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Environment {
    /// The value of a variable, which counts as referred to from now on.
    pub fn get(&self, name: &str) -> Option<&String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        self.values.get(name)
    }

    pub fn insert(&mut self, name: String, value: String) {
        self.values.insert(name, value);
    }

    /// Those that somebody asked for, as far as they are set.
    pub fn referred_to(&self) -> BTreeMap<String, String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let set =
            asked.iter().filter_map(|name| Some((name.clone(), self.values.get(name)?.clone())));
        set.collect()
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(all: I) -> Self {
        Self { values: all.into_iter().collect(), asked: Arc::default() }
    }
}

impl<const N: usize> From<[(String, String); N]> for Environment {
    fn from(all: [(String, String); N]) -> Self {
        all.into_iter().collect()
    }
}

/// Names only: the values may be secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_and_is_set_is_remembered() {
        let all = [("A", "1"), ("B", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment: Environment = all.into_iter().collect();
        let copy = environment.clone();
        assert_eq!((copy.get("A").map(String::as_str), copy.get("C")), (Some("1"), None));
        assert_eq!(environment.referred_to(), BTreeMap::from([("A".to_owned(), "1".to_owned())]));
    }
}
