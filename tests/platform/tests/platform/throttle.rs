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
fn parallel_clients_get_the_burst_and_not_one_more() {
    let hourly = STACK.replace("${param:rpm}/min", "1/h").replace("\"${param:rpm}\"", "25");
    let platform = TestPlatform::start_with(&[("tidegate.yaml", &hourly)], &["--workers", "4"]);
    let api = &platform.api;
    let granted: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| (0..10).filter(|_| get(api, "/").status == 200).count()))
            .collect();
        clients.into_iter().map(|client| client.join().expect("a client")).sum()
    });
    assert_eq!(granted, 25);
}

#[test]
fn a_trusted_proxy_names_clients_and_an_ipv6_network_is_one_of_them() {
    let once = STACK.replace("${param:rpm}/min", "1/h").replace("\"${param:rpm}\"", "1");
    let behind = format!("{once}listen: {{ trusted_proxies: [127.0.0.1/32] }}\n");
    let platform = TestPlatform::start(&[("tidegate.yaml", &behind)]);
    let mut connection = platform.connect();
    let mut ask =
        |client| connection.request("GET", "/", &[("x-forwarded-for", client)], b"").status;
    assert_eq!((ask("192.0.2.1"), ask("192.0.2.1"), ask("192.0.2.2")), (200, 429, 200));
    assert_eq!((ask("2001:db8:0:1::1"), ask("2001:db8:0:1:ffff::2")), (200, 429));
    assert_eq!(ask("2001:db8:0:2::1"), 200);
    // What stands further left is the client's own claim.
    assert_eq!(ask("203.0.113.9, 192.0.2.1"), 429);
}

#[test]
fn what_a_stranger_claims_changes_nothing() {
    let once = STACK.replace("${param:rpm}/min", "1/h").replace("\"${param:rpm}\"", "1");
    let platform = TestPlatform::start(&[("tidegate.yaml", &once)]);
    let mut connection = platform.connect();
    let mut ask =
        |client| connection.request("GET", "/", &[("x-forwarded-for", client)], b"").status;
    assert_eq!((ask("192.0.2.1"), ask("192.0.2.2")), (200, 429));
}

#[test]
fn pages_can_read_every_kind_of_refusal() {
    let failing = "\
name: failing
functions:
  fail: { runtime: python3.11, code: fail, handler: i.h }
apis:
  main:
    cors: { origins: \"https://app.example\" }
    routes:
      ANY /fail: fail
";
    let code = "def h(event, context):\n    raise ValueError\n";
    let platform = TestPlatform::start(&[("tidegate.yaml", failing), ("fail/i.py", code)]);
    let mut connection = platform.connect();
    for (method, target, status) in [("GET", "/nothing", 404), ("GET", "/fail", 500)] {
        let answer = connection.request(method, target, &[("origin", "https://app.example")], b"");
        assert_eq!(answer.status, status, "{target}");
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, Some("https://app.example"), "{target}");
    }
}
