//! What a deployment would change, and whose requests would notice, without changing anything; and the way
//! back to an earlier revision.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Api, Integration, Route, Stack};
use serde_json::{Value, json};
use stack::change_set::{ChangeSet, Kind};

use super::{Deployments, Wanted};
use crate::platform::Platform;
use crate::trouble::Trouble;

impl Platform {
    /// As a deployment of it would say, refusals included; only what fails to start is not known yet.
    pub(crate) async fn difference(
        &self,
        all: &Arc<Deployments>,
        wanted: Wanted,
    ) -> Result<Value, Trouble> {
        let next = Arc::new(all.next(wanted, self.clock.timestamp()).await?);
        let composed = all.compose(&all.with(&next))?;
        self.check(&composed).await?;
        let changes = self.changes_of(&next, &composed);
        let traffic = touched(&changes, &self.stack.load(), &composed);
        Ok(json!({ "changes": changes, "traffic": traffic }))
    }
}

impl Deployments {
    /// An earlier revision as the next one; without a number, the one before the latest.
    pub(crate) async fn earlier(
        &self,
        name: &str,
        to: Option<u64>,
        by: String,
    ) -> Result<Wanted, Trouble> {
        let kept: Vec<_> = self.kept().await?.into_iter().filter(|it| it.name == name).collect();
        let found = match to {
            Some(to) => kept.iter().skip(1).find(|kept| kept.revision == to),
            None => kept.get(1),
        };
        let found = found.ok_or_else(|| {
            let others = kept.iter().skip(1).map(|kept| kept.revision.to_string());
            let others = others.collect::<Vec<_>>().join(", ");
            Trouble::from(match others.is_empty() {
                true => format!("`{name}` has no earlier revision"),
                false => format!("`{name}` can go back to the revisions {others}"),
            })
        })?;
        Ok(Wanted {
            name: name.to_owned(),
            bundle: found.bundle.clone(),
            source: found.source.clone(),
            given: self.given(found)?,
            by,
            reason: format!("roll back to {}", found.revision),
        })
    }
}

/// A line for each route whose requests are answered otherwise.
fn touched(changes: &ChangeSet, before: &Stack, after: &Stack) -> Vec<String> {
    let named = |kind: Kind| {
        let changed = changes.changed.iter().map(|change| &change.resource);
        let of_kind = changed.filter(move |resource| resource.kind == kind);
        of_kind.map(|resource| resource.name.clone()).collect::<BTreeSet<String>>()
    };
    let (functions, processes) = (named(Kind::Function), named(Kind::Process));
    let (routes, upstreams) = (named(Kind::Route), named(Kind::Upstream));
    let name = |api: &Api, route: &Route| format!("{} {}", api.name, route.key());
    let all = |stack: &Stack| {
        let routes = stack.apis.iter().flat_map(|api| api.routes.iter().map(|it| name(api, it)));
        routes.collect::<BTreeSet<String>>()
    };
    let (old, new) = (all(before), all(after));
    let mut lines: Vec<String> =
        old.difference(&new).map(|route| format!("{route}: is answered no more")).collect();
    lines.extend(new.difference(&old).map(|route| format!("{route}: is answered from now on")));
    for (api, route) in after.apis.iter().flat_map(|api| api.routes.iter().map(move |it| (api, it)))
    {
        let told = name(api, route);
        match &route.integration {
            Integration::Function { function, .. } if functions.contains(function.as_str()) => {
                lines.push(format!("{told}: goes to a new version of function {function}"));
            }
            Integration::Upstream { upstream, .. } => {
                let process = after.upstreams.get(upstream).and_then(|it| it.process.as_ref());
                if let Some(process) = process.filter(|name| processes.contains(name.as_str())) {
                    lines.push(format!("{told}: goes to a new process {process}"));
                } else if upstreams.contains(upstream.as_str()) {
                    lines.push(format!("{told}: goes to a changed upstream {upstream}"));
                }
            }
            _ => {}
        }
        if routes.contains(&told) && old.contains(&told) {
            lines.push(format!("{told}: has other settings"));
        }
    }
    lines
}
