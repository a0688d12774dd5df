//! Published versions, aliases, reserved and provisioned concurrency.

use std::time::Duration;

use functions::Arrangement;
use model::invoke::Outcome;
use model::{
    Alias, AliasName, Bound, Function, FunctionDetails, FunctionVersion, Invoke, InvokeRefusal,
    ProvisionedConcurrency, PublishedVersion, Qualifier, Weight,
};
use serde_json::{Value, json};

use crate::platform::{TestPlatform, event, function, name};

fn code(answer: &str) -> String {
    format!(
        "import os\ndef handler(event, context):\n    return ['{answer}', \
         context.function_version, context.invoked_function_arn.split(':', 6)[6]]\n"
    )
}

impl TestPlatform {
    async fn publish(&self, number: u64) -> PublishedVersion {
        let frozen = self.functions.freeze(&name("f")).await.expect("frozen").expect("there");
        PublishedVersion {
            number,
            function: Box::new(frozen.function),
            details: FunctionDetails::default(),
            digest: String::new(),
            source: None,
        }
    }

    async fn install_published(&self, published: &[PublishedVersion]) {
        let prepared = self.functions.prepare_published(published).await;
        assert_eq!(prepared.problems, []);
        self.functions.install_published(prepared);
    }

    async fn qualified(&self, qualifier: &str) -> Result<(FunctionVersion, Value), InvokeRefusal> {
        let mut event = event("f", "{}");
        event.qualifier = Qualifier::parse(qualifier).expect("a qualifier");
        let reply = self.functions.invoke(event).await?;
        match reply.outcome {
            Outcome::Payload(bytes) => {
                Ok((reply.version, serde_json::from_slice(&bytes).expect("JSON")))
            }
            other => panic!("{other:?}"),
        }
    }
}

fn alias(version: u64, other: Option<(u64, f64)>) -> Alias {
    Alias {
        function: name("f"),
        name: AliasName::parse("prod").expect("a name"),
        version: FunctionVersion::Published(version),
        other: other.map(|(version, share)| {
            (FunctionVersion::Published(version), Weight::of(share).expect("a share"))
        }),
        description: String::new(),
    }
}

#[tokio::test]
async fn a_published_version_stays_as_it_was() {
    let platform = TestPlatform::new();
    let folder = platform.code(&[("index.py", &code("old"))]);
    let latest = function("python3.11", &folder);
    platform.install(std::slice::from_ref(&latest)).await;
    let first = platform.publish(1).await;
    std::fs::write(folder.join("index.py"), code("new")).expect("saved");
    platform.install(std::slice::from_ref(&latest)).await;
    platform.install_published(&[first]).await;
    let (version, said) = platform.qualified("$LATEST").await.expect("run");
    assert_eq!(version, FunctionVersion::Latest);
    assert_eq!(said, json!(["new", "$LATEST", "f"]));
    let (version, said) = platform.qualified("1").await.expect("run");
    assert_eq!(version, FunctionVersion::Published(1));
    assert_eq!(said, json!(["old", "1", "f:1"]));
    assert!(matches!(platform.qualified("2").await, Err(InvokeRefusal::NoSuchVersion { .. })));
    assert!(platform.log().iter().any(|line| line.ends_with("Version: 1")));
}

#[tokio::test]
async fn what_cannot_run_tells_why_and_is_in_no_others_way() {
    let platform = TestPlatform::new();
    let folder = platform.code(&[("index.py", &code("any"))]);
    let latest = function("python3.11", &folder);
    let install = async |made: &[Function]| {
        let prepared = platform.functions.prepare_made(made).await;
        let problems = prepared.problems.iter().map(ToString::to_string).collect::<Vec<_>>();
        platform.functions.install_made(prepared);
        problems
    };
    let gone = Function { code: folder.join("gone.zip").into(), ..latest.clone() };
    let other = Function { name: name("other"), ..latest.clone() };
    let problems = install(&[gone.clone(), other]).await;
    let missing = format!("`{}` does not exist", folder.join("gone.zip").display());
    assert!(problems.len() == 1 && problems[0].contains(&missing), "{problems:?}");
    let mut reply = platform.functions.invoke(event("f", "{}")).await.expect("told");
    let Outcome::Error(error) = reply.outcome else { panic!("{reply:?}") };
    assert!(String::from_utf8_lossy(&error.payload).contains(&missing), "{error:?}");
    reply = platform.functions.invoke(event("other", "{}")).await.expect("run");
    assert!(matches!(reply.outcome, Outcome::Payload(_)), "{reply:?}");
    assert_eq!(install(std::slice::from_ref(&latest)).await, [""; 0]);
    assert!(platform.qualified("$LATEST").await.is_ok(), "it was repaired");
    std::fs::remove_dir_all(&folder).expect("removed");
    assert_eq!(install(std::slice::from_ref(&latest)).await.len(), 1);
    assert!(platform.qualified("$LATEST").await.is_ok(), "what runs goes on");
}

#[tokio::test]
async fn an_alias_leads_to_its_versions_by_weight() {
    let platform = TestPlatform::new();
    platform.install_code("python3.11", "index.py", &code("any")).await;
    let published = [platform.publish(1).await, platform.publish(2).await];
    platform.install_published(&published).await;
    let arrange = |alias| {
        platform.functions.arrange(Arrangement { aliases: vec![alias], ..Arrangement::default() });
    };
    arrange(alias(1, None));
    let (version, said) = platform.qualified("prod").await.expect("run");
    assert_eq!(version, FunctionVersion::Published(1));
    assert_eq!(said, json!(["any", "1", "f:prod"]));
    arrange(alias(1, Some((2, 1.0))));
    let (version, _) = platform.qualified("prod").await.expect("run");
    assert_eq!(version, FunctionVersion::Published(2));
    let prod = Qualifier::parse("prod").expect("an alias");
    let described = platform.functions.describe(&name("f"), &prod).await.expect("there");
    assert_eq!(described.version, FunctionVersion::Published(1), "what is told of is its own");
}

#[tokio::test]
async fn reserved_concurrency_refuses_at_once() {
    let platform = TestPlatform::new();
    platform.install_code("python3.11", "index.py", &code("any")).await;
    let reserve = |limit| {
        let reserved = [(name("f"), limit)].into();
        platform.functions.arrange(Arrangement { reserved, ..Arrangement::default() });
    };
    reserve(0);
    let refused = platform.qualified("$LATEST").await;
    assert!(
        matches!(refused, Err(InvokeRefusal::Throttled { limit: 0, .. })),
        "0 stops a function: {refused:?}"
    );
    reserve(1);
    assert!(platform.qualified("$LATEST").await.is_ok());
    assert!(platform.qualified("$LATEST").await.is_ok(), "a permit comes back");
}

#[tokio::test]
async fn what_is_reserved_for_none_is_shared_by_all() {
    let platform = TestPlatform::with(|settings| settings.account_concurrency = 2);
    platform.install_code("python3.11", "index.py", &code("any")).await;
    assert!(platform.qualified("$LATEST").await.is_ok());
    let reserve = |function, limit| {
        let reserved = [(name(function), limit)].into();
        platform.functions.arrange(Arrangement { reserved, ..Arrangement::default() });
    };
    reserve("another", 2);
    let refused = platform.qualified("$LATEST").await;
    let refused = refused.expect_err("the other function has it all");
    assert!(
        matches!(refused, InvokeRefusal::Throttled { bound: Bound::Account, limit: 0, .. }),
        "{refused:?}"
    );
    reserve("f", 2);
    assert!(platform.qualified("$LATEST").await.is_ok(), "its own is its own");
}

#[tokio::test]
async fn environments_know_what_they_were_started_for() {
    let platform = TestPlatform::new();
    let code =
        "import os\ndef handler(e, c): return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n";
    platform.install_code("python3.11", "index.py", code).await;
    platform.install_published(&[platform.publish(1).await]).await;
    let qualifier = Qualifier::parse("1").expect("a version");
    let ready = || platform.functions.ready(&name("f"), &qualifier).expect("there").environments;
    let provisioned = vec![ProvisionedConcurrency {
        function: name("f"),
        qualifier: qualifier.clone(),
        environments: 1,
    }];
    platform.functions.arrange(Arrangement { provisioned, ..Arrangement::default() });
    while ready() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let (_, said) = platform.qualified("1").await.expect("run");
    assert_eq!(said, json!("provisioned-concurrency"));
    let (_, said) = platform.qualified("$LATEST").await.expect("run");
    assert_eq!(said, json!("on-demand"));
}

#[tokio::test]
async fn provisioned_environments_are_ready_before_anybody_asks() {
    let platform = TestPlatform::with(|settings| settings.idle = Duration::ZERO);
    platform.install_code("python3.11", "index.py", &code("any")).await;
    platform.install_published(&[platform.publish(1).await]).await;
    let qualifier = Qualifier::parse("1").expect("a version");
    let provision = |environments| {
        let provisioned = vec![ProvisionedConcurrency {
            function: name("f"),
            qualifier: qualifier.clone(),
            environments,
        }];
        platform.functions.arrange(Arrangement { provisioned, ..Arrangement::default() });
    };
    let ready = async |wanted| {
        while platform.functions.ready(&name("f"), &qualifier).expect("there").environments
            != wanted
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    provision(3);
    ready(3).await;
    platform.functions.sweep();
    ready(3).await;
    provision(1);
    ready(1).await;
}
