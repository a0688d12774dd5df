//! Servers that share their limits in a real Redis.

use crate::TestPlatform;
use crate::redis::Redis;

fn stack(redis: &Redis) -> String {
    let port = redis.port;
    format!(
        "\
name: shared
limits_store: {{ url: \"redis://127.0.0.1:{port}\", timeout: 5s }}
apis:
  main:
    throttle: {{ by: ip, rate: 1/h, burst: 5 }}
    routes:
      GET /: {{ mock: {{ body: ok }} }}
"
    )
}

#[test]
fn two_servers_give_the_burst_once_and_a_dead_store_fails_no_request() {
    let mut redis = Redis::start();
    let manifest = stack(&redis);
    let files = [("tidegate.yaml", manifest.as_str())];
    let servers = [TestPlatform::start(&files), TestPlatform::start(&files)];
    let statuses: Vec<_> = (0..10).map(|at| servers[at % 2].get("/").status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429, 429, 429, 429]);

    redis.kill();
    for server in &servers {
        for _ in 0..20 {
            let status = server.get("/").status;
            assert!(status == 200 || status == 429, "{status}");
        }
    }
}

#[test]
fn a_store_that_is_not_there_is_named_at_the_start() {
    let mut redis = Redis::start();
    let manifest = stack(&redis);
    redis.kill();
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", &manifest)]);
    let arguments = ["up", "--port", "0", "--admin-port", "0", "--aws-port", "0"];
    let said = crate::program::run(folder.path(), &arguments).said();
    let expected = format!("the limit store at 127.0.0.1:{} cannot be reached", redis.port);
    assert!(said.err.contains(&expected), "{}", said.err);
    assert_eq!(said.exit, Some(2));
}
