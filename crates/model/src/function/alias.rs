//! Pointers to versions of a function, which may share invocations between two of them.

use crate::{AliasName, Declared, FunctionName, FunctionVersion};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Alias {
    pub function: FunctionName,
    pub name: AliasName,
    pub version: FunctionVersion,
    /// Another version, and the share of invocations that it gets.
    pub other: Option<(FunctionVersion, Weight)>,
    pub description: String,
}

/// A share between 0 and 1, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Weight(u32);

impl Weight {
    const WHOLE: f64 = 1_000_000.0;

    /// Nothing for what is not between 0 and 1.
    pub fn of(share: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        (0.0..=1.0).contains(&share).then(|| Self((share * Self::WHOLE).round() as u32))
    }

    pub fn share(self) -> f64 {
        f64::from(self.0) / Self::WHOLE
    }
}

impl Alias {
    /// The name it is kept under.
    pub fn id(function: &FunctionName, name: &AliasName) -> String {
        format!("{function}:{name}")
    }

    /// The version that serves an invocation; any random number decides.
    pub fn choose(&self, random: u32) -> FunctionVersion {
        match self.other {
            Some((other, Weight(weight))) if random % 1_000_000 < weight => other,
            _ => self.version,
        }
    }
}

impl Declared for Alias {
    fn name(&self) -> String {
        Self::id(&self.function, &self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invocations_are_shared_by_weight() {
        let [old, new] = [1, 2].map(FunctionVersion::Published);
        let alias = Alias {
            function: FunctionName::parse("f").expect("a name"),
            name: AliasName::parse("prod").expect("a name"),
            version: old,
            other: Weight::of(0.25).map(|weight| (new, weight)),
            description: String::new(),
        };
        let chosen = (0..1_000_000).filter(|random| alias.choose(*random) == new).count();
        assert_eq!(chosen, 250_000);
        let all = Alias { other: None, ..alias };
        assert!((0..1_000_000).step_by(997).all(|random| all.choose(random) == old));
    }

    #[test]
    fn a_weight_is_a_share() {
        assert_eq!(Weight::of(1.01), None);
        assert_eq!(Weight::of(f64::NAN), None);
        assert_eq!(Weight::of(0.05).map(|weight| weight.share().to_string()), Some("0.05".into()));
    }
}
