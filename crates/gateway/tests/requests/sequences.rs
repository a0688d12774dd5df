//! Sequences of steps that do not all succeed.

use std::net::TcpListener;
use std::time::Duration;

use model::Integration;
use model::sequence::{FailureAnswer, FailureCause, Sequence, Step};

use crate::harness::{Site, route};
use crate::upstreams::{name, proxied};

/// A step that is more patient than its route, and its own answer when that was in vain.
fn step(said: &str, status: u16) -> Step {
    let answer =
        FailureAnswer { cause: FailureCause::TimedOut, status, headers: Vec::new(), body: None };
    Step {
        name: said.to_owned(),
        upstream: name(),
        method: http::Method::GET,
        path: "/".to_owned(),
        headers: Vec::new(),
        body: None,
        timeout: Some(Duration::from_secs(60)),
        failures: vec![answer],
    }
}

#[test]
fn a_sequence_that_runs_out_of_time_names_the_step_that_is_under_way() {
    // Connections wait here, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let mut stack = proxied(silent.local_addr().expect("bound"), "$default", None);
    let steps = vec![step("user", 521), step("orders", 522)];
    let sequence = Sequence { steps, answer: None, failures: Vec::new() };
    let mut steps = route("GET /steps", Integration::Sequence(sequence));
    steps.timeout = Duration::from_millis(50);
    stack.apis[0].routes.push(steps);
    let site = Site::serve(&stack);
    assert_eq!(site.get("/steps").status, 521);
    let error = site.logged()["integration.error"].to_string();
    assert!(error.contains("user"), "{error}");
}
