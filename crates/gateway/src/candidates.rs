//! Limits that are tried out on live traffic. They are no part of the stack, refuse nobody, and end
//! with the server.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::{Api, ApiName, Limit, Stack};

/// By the API whose requests they count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Candidates(BTreeMap<ApiName, Vec<Limit>>);

impl Candidates {
    /// These in place of the API's former ones.
    pub(crate) fn with(&self, api: &ApiName, limits: Vec<Limit>) -> Self {
        let mut all = self.clone();
        if limits.is_empty() {
            all.0.remove(api);
        } else {
            all.0.insert(api.clone(), limits);
        }
        all
    }

    /// The stack as it is served with them.
    pub(crate) fn beside<'a>(&self, stack: &'a Stack) -> Cow<'a, Stack> {
        if self.0.is_empty() {
            return Cow::Borrowed(stack);
        }
        let mut stack = stack.clone();
        for api in &mut stack.apis {
            let limits: Vec<_> = self.of(api).cloned().collect();
            api.limits.extend(limits);
        }
        Cow::Owned(stack)
    }

    /// Those that are tried out on this API. One that it declares a limit of the same name beside is
    /// not, since the two could not be told apart.
    pub(crate) fn of<'a>(&'a self, api: &'a Api) -> impl Iterator<Item = &'a Limit> {
        let limits = self.0.get(&api.name).into_iter().flatten();
        limits.filter(|limit| api.declared().all(|declared| declared.policy != limit.policy))
    }
}
