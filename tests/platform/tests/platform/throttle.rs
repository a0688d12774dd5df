//! Declared rates are enforced, and clients are told where they stand.

use crate::TestPlatform;
use crate::http::get;

const STACK: &str = "\
name: limited
parameters:
  rpm: { type: number, default: 3 }
apis:
  main:
    cors: { origins: \"https://app.example\" }
    throttle: { by: ip, rate: \"${param:rpm}/min\", burst: \"${param:rpm}\" }
    routes:
      GET /: { mock: { body: ok } }
";

#[test]
fn the_burst_passes_and_the_next_request_is_refused() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK)]);
    let mut connection = platform.connect();
    for left in [2, 1, 0] {
        let answer = connection.request("GET", "/", &[], b"");
        assert_eq!(answer.status, 200);
        let standing = answer.header("ratelimit").expect("a standing").to_owned();
        assert!(standing.contains(&format!("r={left}")), "{standing}");
    }
    let refused = connection.request("GET", "/", &[("origin", "https://app.example")], b"");
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.header("access-control-allow-origin"), Some("https://app.example"));
}

#[test]
fn a_parameter_sets_the_rate() {
    let platform = TestPlatform::start_with(&[("tidegate.yaml", STACK)], &["--set", "rpm=1"]);
    assert_eq!(platform.get("/").status, 200);
    assert_eq!(platform.get("/").status, 429);
}

/// Workers share the table: it makes no difference which of them a connection reaches.
#[test]
fn parallel_clients_never_exceed_the_burst() {
    let platform = TestPlatform::start_with(
        &[("tidegate.yaml", STACK)],
        &["--workers", "4", "--set", "rpm=25"],
    );
    let api = &platform.api;
    let granted: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..20).filter(|_| get(api, "/").status == 200).count()))
            .collect();
        clients.into_iter().map(|client| client.join().expect("a client")).sum()
    });
    // One more becomes due every 2.4 s, should the machine be that slow.
    assert!((25..=27).contains(&granted), "{granted}");
}
