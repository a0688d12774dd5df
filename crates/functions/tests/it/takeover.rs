//! Functions that are changed through an API: who changes one waits for no start.

use std::path::PathBuf;
use std::time::Duration;

use functions::Update;
use model::{Function, FunctionConfiguration, Qualifier};
use serde_json::json;

use crate::platform::{TestPlatform, function, name};

/// Answers this once the file is there.
fn gated(gate: &std::path::Path, answer: &str) -> String {
    format!(
        "import os, time\nwhile not os.path.exists({gate:?}): time.sleep(0.002)\n\
         def handler(e, c): return '{answer}'\n"
    )
}

struct Bed {
    platform: TestPlatform,
    gate: PathBuf,
}

impl Bed {
    /// With `f`, which answers `old`.
    async fn new() -> Self {
        let platform = TestPlatform::new();
        let gate = platform.folder.path().join("gate");
        let bed = Self { platform, gate };
        let old = bed.code("def handler(e, c): return 'old'\n");
        bed.install(&[old]).await;
        assert_eq!(bed.platform.ok("1").await, json!("old"));
        bed
    }

    fn code(&self, code: &str) -> Function {
        function("python3.11", &self.platform.code(&[("index.py", code)]))
    }

    async fn install(&self, made: &[Function]) {
        let prepared = self.platform.functions.prepare_made(made).await;
        self.platform.functions.install_made(prepared);
    }

    async fn shown(&self) -> (PathBuf, Update) {
        let described = self.platform.functions.describe(&name("f"), &Qualifier::LATEST).await;
        let described = described.expect("there");
        (described.function.code.path().cloned().expect("a folder"), described.update)
    }

    async fn settled(&self) {
        self.platform.functions.settled(&name("f")).await;
    }

    fn open(&self) {
        std::fs::write(&self.gate, "").expect("written");
    }
}

#[tokio::test]
async fn what_was_there_serves_until_the_new_has_started() {
    let bed = Bed::new().await;
    let new = bed.code(&gated(&bed.gate, "new"));
    bed.install(std::slice::from_ref(&new)).await;
    let path = new.code.path().cloned().expect("a folder");
    assert_eq!(bed.shown().await, (path.clone(), Update::UnderWay));
    assert_eq!(bed.platform.ok("1").await, json!("old"));
    // Nothing of this is begun anew by another change.
    let other = Function { name: name("other"), ..bed.code("def handler(e, c): pass\n") };
    bed.install(&[new, other]).await;
    assert_eq!(bed.shown().await.1, Update::UnderWay);
    bed.open();
    bed.settled().await;
    assert_eq!(bed.shown().await, (path, Update::Done));
    assert_eq!(bed.platform.ok("1").await, json!("new"));
    assert_eq!(bed.platform.metric("faas_coldstarts_total"), 2, "warmed before anybody asked");
}

#[tokio::test]
async fn the_last_change_is_what_takes_over() {
    let bed = Bed::new().await;
    bed.install(&[bed.code(&gated(&bed.gate, "never"))]).await;
    let last = bed.platform.folder.path().join("last");
    bed.install(&[bed.code(&gated(&last, "last"))]).await;
    bed.open();
    assert_eq!(bed.platform.ok("1").await, json!("old"));
    std::fs::write(last, "").expect("written");
    bed.settled().await;
    assert_eq!(bed.platform.ok("1").await, json!("last"));
}

#[tokio::test]
async fn what_does_not_start_takes_over_all_the_same() {
    let bed = Bed::new().await;
    bed.install(&[bed.code("import nothere\n")]).await;
    bed.settled().await;
    assert_eq!(bed.shown().await.1, Update::Done);
    // Whether it is tried again yet or not.
    let told = match bed.platform.invoke("1").await {
        Ok(reply) => format!("{reply:?}"),
        Err(refusal) => refusal.to_string(),
    };
    assert!(told.contains("Runtime.ImportModuleError"), "{told}");
}

#[tokio::test]
async fn a_function_that_goes_meanwhile_is_gone() {
    let bed = Bed::new().await;
    bed.install(&[bed.code(&gated(&bed.gate, "new"))]).await;
    bed.install(&[]).await;
    bed.settled().await;
    assert!(bed.platform.invoke("1").await.is_err());
    bed.open();
    bed.platform.functions.drain(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn a_function_of_the_stack_is_replaced_only_by_what_starts() {
    let platform = TestPlatform::new();
    let code = "import os\nif 'broken' in os.environ: raise ValueError\n\
                def handler(e, c): return os.environ.get('said')\n";
    platform.install_code("python3.11", "index.py", code).await;
    let configure = async |variable: &str| {
        let mut configuration = FunctionConfiguration::new(name("f"));
        configuration.environment = Some([(variable.to_owned(), "1".to_owned())].into());
        platform.functions.configure(&[&configuration]).await.expect("prepared");
        platform.functions.settled(&name("f")).await;
        platform.ok("1").await
    };
    assert_eq!(configure("said").await, json!("1"));
    assert_eq!(configure("broken").await, json!("1"), "it goes on as it was");
}
