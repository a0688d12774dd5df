//! What is kept under the name of a function, or of one of its versions and aliases, and goes with it.

use model::{FunctionName, ResourceId, ResourceKind, Snapshot};

use super::named::Named;

const KINDS: [ResourceKind; 9] = [
    ResourceKind::Alias,
    ResourceKind::EventInvokeConfig,
    ResourceKind::Function,
    ResourceKind::FunctionPolicy,
    ResourceKind::FunctionSettings,
    ResourceKind::FunctionUrl,
    ResourceKind::FunctionVersion,
    ResourceKind::ProvisionedConcurrency,
    ResourceKind::ReservedConcurrency,
];

/// The function, its versions and aliases, and what is set about each of them.
pub(super) fn of_function(all: &Snapshot, function: &FunctionName) -> Vec<ResourceId> {
    let prefix = format!("{function}:");
    kept(all, |name| name == function.as_str() || name.starts_with(&prefix))
}

/// The one version or alias, and what is set about it.
pub(super) fn of_qualified(all: &Snapshot, named: &Named) -> Vec<ResourceId> {
    let id = named.id();
    kept(all, |name| name == id)
}

fn kept(all: &Snapshot, is_its: impl Fn(&str) -> bool) -> Vec<ResourceId> {
    let ids = all.iter().map(|(id, _)| id);
    ids.filter(|id| KINDS.contains(&id.kind) && is_its(&id.name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use model::{
        Alias, AliasName, EventInvokeConfig, FunctionPolicy, FunctionSettings, FunctionVersion,
        ProvisionedConcurrency, Qualifier, ReservedConcurrency, Resource,
    };

    use super::*;

    fn name(text: &str) -> FunctionName {
        FunctionName::parse(text).expect("a name")
    }

    fn there() -> Snapshot {
        let mut all: Vec<Resource> = Vec::new();
        for function in ["f", "f-2"].map(name) {
            all.push(FunctionSettings::new(function.clone()).into());
            all.push(ReservedConcurrency { function: function.clone(), invocations: 3 }.into());
            for qualifier in ["live", "liver", "2"] {
                let qualifier = Qualifier::parse(qualifier).expect("a qualifier");
                let (function, environments) = (function.clone(), 1);
                if let Qualifier::Alias(name) = &qualifier {
                    let (name, version) = (AliasName::clone(name), FunctionVersion::Published(2));
                    let (function, description) = (function.clone(), String::new());
                    all.push(Alias { function, name, version, other: None, description }.into());
                }
                all.push(EventInvokeConfig::new(function.clone(), qualifier.clone()).into());
                let policy = FunctionPolicy {
                    function: function.clone(),
                    qualifier: qualifier.clone(),
                    statements: Default::default(),
                };
                all.push(policy.into());
                all.push(ProvisionedConcurrency { function, qualifier, environments }.into());
            }
        }
        all.into_iter().collect()
    }

    fn said(ids: &[ResourceId]) -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_set_about_a_version_or_alias_goes_with_it() {
        let of = |qualifier| {
            let named = Named { function: name("f"), given: Qualifier::parse(qualifier) };
            said(&of_qualified(&there(), &named))
        };
        assert_eq!(
            of("live"),
            [
                "alias f:live",
                "function policy f:live",
                "provisioned concurrency f:live",
                "event invoke config f:live",
            ]
        );
        assert_eq!(
            of("2"),
            ["function policy f:2", "provisioned concurrency f:2", "event invoke config f:2"]
        );
    }

    #[test]
    fn all_of_a_function_goes_with_it_and_nothing_of_another() {
        let all = there();
        let gone = said(&of_function(&all, &name("f")));
        assert_eq!(gone.len(), all.iter().count() / 2);
        assert!(gone.iter().all(|id| !id.contains("f-2")), "{gone:?}");
    }
}
