//! Stands between a node and its store, and lets what requests say to each other wait.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::servers::Server;

/// The connections that a node makes before the first one for requests: to look at the store, and the watch's.
const OF_THE_WATCH: usize = 2;

pub(crate) struct Proxy {
    pub(crate) port: u16,
    gates: Arc<Gates>,
}

#[derive(Default)]
struct Gates {
    requests: Gate,
    replies: Gate,
    /// Requests that passed on their own connections.
    passed: AtomicUsize,
}

/// Open until it is closed.
#[derive(Default)]
struct Gate {
    is_closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn set(&self, is_closed: bool) {
        *self.is_closed.lock().expect("a gate") = is_closed;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let closed = self.is_closed.lock().expect("a gate");
        drop(self.opened.wait_while(closed, |is_closed| *is_closed).expect("a gate"));
    }
}

impl Proxy {
    pub(crate) fn before(server: &Server) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (gates, store) = (Arc::new(Gates::default()), server.port);
        let of_proxy = Arc::clone(&gates);
        thread::spawn(move || {
            for (index, client) in listener.incoming().enumerate() {
                let client = client.expect("a connection");
                let store = TcpStream::connect(("127.0.0.1", store)).expect("a store");
                let gates = (index >= OF_THE_WATCH).then(|| Arc::clone(&of_proxy));
                connect(&client, &store, gates);
            }
        });
        Self { port, gates }
    }

    /// How often requests were passed on over connections of their own.
    pub(crate) fn passed(&self) -> usize {
        self.gates.passed.load(Ordering::Acquire)
    }

    pub(crate) fn hold_replies(&self) {
        self.gates.replies.set(true);
    }

    pub(crate) fn hold_requests(&self) {
        self.gates.requests.set(true);
    }

    pub(crate) fn let_go(&self) {
        self.gates.replies.set(false);
        self.gates.requests.set(false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// Both ways; those of the watch have no gates.
fn connect(client: &TcpStream, store: &TcpStream, gates: Option<Arc<Gates>>) {
    let clone = |stream: &TcpStream| stream.try_clone().expect("a stream");
    let (from, to, way) = (clone(client), clone(store), gates.clone());
    thread::spawn(move || {
        carry(from, to, || {
            if let Some(gates) = &way {
                gates.requests.pass();
                gates.passed.fetch_add(1, Ordering::AcqRel);
            }
        });
    });
    let (from, to) = (clone(store), clone(client));
    thread::spawn(move || {
        carry(from, to, || {
            if let Some(gates) = &gates {
                gates.replies.pass();
            }
        });
    });
}

fn carry(mut from: TcpStream, mut to: TcpStream, pass: impl Fn()) {
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        pass();
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    // Whichever end has closed is closed already.
    let _ = to.shutdown(Shutdown::Both);
}
