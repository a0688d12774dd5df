//! Stores that cannot keep limits: each is named when one begins to use it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, connect};
use limits::{Ask, Limits, Policy};
use model::{Clock, Rate, Rule, SystemClock};

use crate::free_port::free_port;
use crate::servers::{Program, Server};

/// What is said about a store that does not answer in 300 ms, or else is broken.
fn problem(url: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(async {
        let clock = Arc::new(SystemClock::start());
        let patience = Duration::from_millis(300);
        let options = Options { connect_timeout: patience, ..Options::new(url, clock) };
        connect(options).await.expect_err("a problem").to_string()
    })
}

fn check(url: &str, at: u16, said: &str) {
    assert_eq!(problem(url), said.replace("{at}", &format!("127.0.0.1:{at}")));
}

#[test]
fn an_address_that_is_none() {
    assert_eq!(
        problem("http://localhost"),
        "the limit store's address cannot be read: it is no URL; write redis://host:port"
    );
    assert_eq!(
        problem(" , "),
        "the limit store's address cannot be read: it is empty; write redis://host:port"
    );
}

#[test]
fn nothing_listens() {
    let port = free_port();
    let said = problem(&format!("redis://:s3cret@127.0.0.1:{port}"));
    let begins = format!("the limit store at 127.0.0.1:{port} cannot be reached: ");
    assert!(said.starts_with(&begins), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn it_never_answers() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let at = listener.local_addr().expect("address").port();
    let said = problem(&format!("redis://127.0.0.1:{at}"));
    assert!(said.starts_with(&format!("the limit store at 127.0.0.1:{at} ")), "{said}");
    assert!(said.contains("timed out") || said.contains("did not answer"), "{said}");
}

#[test]
fn it_is_not_redis() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let at = listener.local_addr().expect("address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            // It may have hung up.
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let said = problem(&format!("redis://127.0.0.1:{at}"));
    assert!(said.starts_with(&format!("what answers at 127.0.0.1:{at} is not Redis: ")), "{said}");
}

#[test]
fn it_wants_another_password() {
    let server = Server::start(Program::Redis, &["--requirepass", "s3cret"]);
    check(
        &format!("redis://:wrong@127.0.0.1:{}", server.port),
        server.port,
        "the limit store at {at} refuses the password; put the right one into its address",
    );
    check(
        &server.url(),
        server.port,
        "the limit store at {at} wants a password; put it into its address: redis://:password@host",
    );
}

#[test]
fn it_is_a_replica() {
    let primary = Server::start(Program::Redis, &[]);
    let of = ["--replicaof", "127.0.0.1", &primary.port.to_string()];
    let replica = Server::start(Program::Redis, &of);
    check(
        &replica.url(),
        replica.port,
        "the limit store at {at} is a replica, which cannot count; give the address of its primary",
    );
}

#[test]
fn it_is_loading() {
    let mut server = Server::start(Program::Redis, &["--enable-debug-command", "yes"]);
    server.tell("DEBUG POPULATE 20000 key 100");
    server.tell("SAVE");
    server.load_slowly();
    check(
        &server.url(),
        server.port,
        "the limit store at {at} is loading its data; wait until it has",
    );
}

#[test]
fn it_is_full() {
    let server = Server::start(Program::Redis, &["--maxmemory", "100kb"]);
    check(&server.url(), server.port, "the limit store at {at} is full; raise its `maxmemory`");
}

#[test]
fn it_runs_no_scripts() {
    let server = Server::start(Program::Redis, &[]);
    assert_eq!(server.tell("ACL SETUSER default -@scripting"), "+OK");
    check(
        &server.url(),
        server.port,
        "the limit store at {at} runs no scripts for this user; allow `+eval +evalsha`",
    );
}

#[test]
fn it_denies_the_keys() {
    let server = Server::start(Program::Redis, &[]);
    assert_eq!(server.tell("ACL SETUSER default resetkeys ~others:*"), "+OK");
    denies(&server);
}

#[test]
fn it_denies_the_clock() {
    let server = Server::start(Program::Redis, &[]);
    assert_eq!(server.tell("ACL SETUSER default -time"), "+OK");
    denies(&server);
}

/// What the message names, and what the documentation does, is enough.
#[test]
fn it_allows_what_limits_need() {
    let server = Server::start(Program::Redis, &[]);
    let rights = "resetkeys ~tidegate:* ~{tidegate:* -@all +eval +evalsha +time +info +cluster +@read +@write";
    assert_eq!(server.tell(&format!("ACL SETUSER limits on nopass {rights}")), "+OK");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(async {
        let clock = Arc::new(SystemClock::start());
        let url = format!("redis://limits:any@127.0.0.1:{}", server.port);
        let store = connect(Options::new(url, clock.clone())).await.expect("a store");
        let rate = Rate { permits: 1, per: Duration::from_secs(60) };
        let policy = Policy::new("acl", "rate", Rule::Rate { rate, burst: 1 }).expect("a policy");
        let ask = || [Ask::one(&policy, store.seed().key(&policy).finish())];
        let first = store.decide(&ask(), clock.now()).await;
        assert!(first.is_allowed() && first.standings()[0].degraded().is_none(), "{first:?}");
        assert!(!store.decide(&ask(), clock.now()).await.is_allowed());
    });
}

fn denies(server: &Server) {
    let said = problem(&server.url());
    let begins =
        format!("the limit store at 127.0.0.1:{} denies this user what limits need", server.port);
    assert!(said.starts_with(&begins), "{said}");
}

#[test]
fn several_that_are_no_cluster() {
    let servers = [(); 2].map(|()| Server::start(Program::Redis, &[]));
    let urls = servers.each_ref().map(Server::url).join(",");
    let begins = format!("the limit store at 127.0.0.1:{} is one of several", servers[0].port);
    assert!(problem(&urls).starts_with(&begins), "{}", problem(&urls));
}

#[test]
fn a_cluster_without_a_slot() {
    let enabled = ["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"];
    let bus = free_port().to_string();
    let server = Server::start(Program::Redis, &[&enabled[..], &["--cluster-port", &bus]].concat());
    assert_eq!(server.tell("CLUSTER ADDSLOTSRANGE 0 16000"), "+OK");
    while !server.tell("CLUSTER INFO").contains("cluster_state:ok") {
        std::thread::yield_now();
    }
    check(
        &server.url(),
        server.port,
        "the Cluster at {at} does not serve all slots: 16001 of 16384 slots are served; run `redis-cli --cluster check {at}`",
    );
}
