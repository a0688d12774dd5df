//! Who is turned away when there is too much to do.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use model::api::PayloadFormat;
use model::{Overload, Priority, Protocol};

use crate::harness::{Act, Site, api, function, mock, route, stack};

/// Routes of each priority, and one whose answer never comes.
fn site(in_flight: u32) -> Site {
    let prioritized = [
        ("GET /low", Priority::Low),
        ("GET /normal", Priority::Normal),
        ("GET /critical", Priority::Critical),
    ];
    let mut routes = vec![route("GET /held", function(PayloadFormat::V2))];
    routes[0].priority = Priority::Critical;
    for (key, priority) in prioritized {
        let mut route = route(key, mock("ok"));
        route.priority = priority;
        routes.push(route);
    }
    let mut stack = stack(vec![api(Protocol::Http, routes)]);
    // Late enough for any machine: only the requests under way are to count here.
    stack.listener.overload = Some(Overload { in_flight, lag: Duration::from_mins(1) });
    Site::running(&stack, |_| Act::Never)
}

fn hold(site: &Site, count: usize) -> Vec<TcpStream> {
    let held = (0..count).map(|_| {
        let mut client = site.connect();
        client.write_all(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n").expect("sent");
        client
    });
    let held = held.collect();
    while !site.gateway.metrics().contains(&format!("http_server_active_requests {count}\n")) {
        std::thread::yield_now();
    }
    held
}

fn statuses(site: &Site) -> [u16; 3] {
    ["/low", "/normal", "/critical"].map(|path| site.get(path).status)
}

#[test]
fn what_matters_least_is_turned_away_first() {
    for (under_way, expected) in [
        (6, [200, 200, 200]),
        (7, [503, 200, 200]),
        (8, [503, 200, 200]),
        (9, [503, 503, 200]),
        (10, [503, 503, 503]),
    ] {
        let site = site(10);
        let held = hold(&site, under_way);
        assert_eq!(statuses(&site), expected, "{under_way} under way");
        drop(held);
    }
}

#[test]
fn who_is_turned_away_is_told_to_come_back() {
    let site = site(1);
    let held = hold(&site, 1);
    let refused = site.get("/critical");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert!(site.gateway.metrics().contains("refusals_total{reason=\"overloaded\"} 1\n"));
    drop(held);
}
