//! Whole apps of the CDK, as `cdk synth` left them, are understood with nothing changed.

use crate::program::{repository, run};

/// What `tidegate check` says of an app that has nothing unsupported.
fn checked(app: &str) -> String {
    let folder = repository().join("tests/platform/apps").join(app);
    let said = run(&folder, &["check", "cdk.out"]).said();
    assert_eq!(said.exit, Some(0), "{}", said.err);
    said.out
}

#[test]
fn an_http_api_with_its_functions_and_their_layer() {
    let said = checked("classes");
    for line in [
        "classes-main-dev: 3 functions, 0 upstreams, 3 routes",
        "  POST /register  -> function classes-dev-register",
        "  POST /results   -> function classes-dev-results",
        "  POST /analyze   -> function classes-dev-analyze",
    ] {
        assert!(said.lines().any(|told| told == line), "no `{line}` in\n{said}");
    }
}

#[test]
fn a_rest_api_with_queue_topic_schedule_and_cache() {
    let said = checked("throttled");
    for start in [
        "  cache Redis  redis",
        "  queue throttled-dev-Jobs",
        "  schedule throttled-dev-Hourly",
        "  trigger queue throttled-dev-Jobs",
        "  subscription of topic throttled-dev-Notices",
        "  ANY /prod/{proxy+}  -> function throttled-dev-ExternalApi",
    ] {
        assert!(said.lines().any(|told| told.starts_with(start)), "no `{start}` in\n{said}");
    }
    assert!(said.contains("2 reserved concurrencies"), "{said}");
}
