//! Nobody but a trusted proxy can say whose request it is.

#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use model::TrustedProxies;
use model::stack::Network;

fuzz_target!(|input: (Vec<Vec<u8>>, Vec<Vec<u8>>)| {
    let (forwarded_for, forwarded) = input;
    let mut headers = HeaderMap::new();
    for (name, lines) in [("x-forwarded-for", forwarded_for), ("forwarded", forwarded)] {
        for line in lines {
            if let Ok(value) = HeaderValue::from_bytes(&line) {
                headers.append(name, value);
            }
        }
    }
    let proxies = Network { address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), prefix: 8 };
    let trusted = TrustedProxies { networks: vec![proxies] };
    let stranger = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
    assert_eq!(gateway::fuzzing::client(stranger, &headers, &trusted), stranger);
    let proxy = IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3));
    let client = gateway::fuzzing::client(proxy, &headers, &trusted);
    assert_eq!(client, client.to_canonical());
});
