//! Addresses that are passed over, and come back.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Response, StatusCode};
use model::HealthCheck;
use tokio::io::AsyncWriteExt;
use wire::Body;

use super::{Chain, OK, Site, error_of, raw, read_head, refusing, run, text, upstream};
use crate::upstream::Fleet;

#[test]
fn an_address_that_fails_is_passed_over_for_a_while() {
    run(async {
        let sound = Rc::new(Cell::new(false));
        let asked = Rc::new(Cell::new(0));
        let (is_sound, counted) = (Rc::clone(&sound), Rc::clone(&asked));
        let shaky = raw(move |mut stream, _| {
            let (sound, asked) = (Rc::clone(&is_sound), Rc::clone(&counted));
            async move {
                read_head(&mut stream).await;
                asked.set(asked.get() + 1);
                if sound.get() {
                    stream.write_all(OK).await.unwrap();
                }
            }
        })
        .await;
        let site = Site::saying("ok").await;
        let mut definition = upstream(&[shaky, site.address]);
        definition.max_failures = 2;
        definition.retries = 1;
        let chain = Chain::to(&definition);
        for _ in 0..100 {
            assert_eq!(text(chain.get("/").await).await, "ok");
        }
        assert_eq!(asked.get(), 2);
        assert_eq!(chain.proxy.upstreams.traffic().ejected(), 1);
        chain.clock.advance(definition.eject_for);
        sound.set(true);
        while asked.get() < 5 {
            assert_eq!(text(chain.get("/").await).await, "ok");
        }
    });
}

#[test]
fn the_last_address_is_always_tried() {
    run(async {
        let mut definition = upstream(&[refusing().await]);
        definition.max_failures = 1;
        let chain = Chain::to(&definition);
        for _ in 0..3 {
            assert_eq!(error_of(&chain.get("/").await), (503, "connect"));
        }
    });
}

#[test]
fn a_failing_check_takes_an_address_out_and_a_passing_one_brings_it_back() {
    run(async {
        let sick = Arc::new(AtomicBool::new(true));
        let asked = Rc::new(Cell::new(0));
        let (is_sick, counted) = (Arc::clone(&sick), Rc::clone(&asked));
        let checked = Site::serve(move |request| {
            let is_check = request.uri().path() == "/health";
            if !is_check {
                counted.set(counted.get() + 1);
            }
            let fails = is_check && is_sick.load(Ordering::Relaxed);
            async move {
                let mut response = Response::new(Body::full("ok"));
                if fails {
                    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                }
                response
            }
        })
        .await;
        let other = Site::saying("ok").await;
        let mut definition = upstream(&[checked.address, other.address]);
        definition.health = Some(HealthCheck {
            path: "/health".to_owned(),
            interval: Duration::from_millis(5),
            timeout: Duration::from_secs(5),
            healthy_after: 2,
            unhealthy_after: 2,
        });
        let chain = Chain::to(&definition);
        let fleet = Arc::clone(&chain.proxy.fleet);
        let site = &fleet.members[0].sites[0];
        tokio::spawn(Arc::clone(&fleet).watch());
        while site.health.is_available(&*chain.clock) {
            tokio::task::yield_now().await;
        }
        asked.set(0);
        for _ in 0..20 {
            assert_eq!(text(chain.get("/").await).await, "ok");
        }
        assert_eq!(asked.get(), 0);
        sick.store(false, Ordering::Relaxed);
        while asked.get() == 0 {
            assert_eq!(text(chain.get("/").await).await, "ok");
        }
    });
}

#[test]
fn a_new_fleet_keeps_what_is_known_of_its_addresses() {
    run(async {
        let address = refusing().await;
        let mut definition = upstream(&[address]);
        definition.max_failures = 1;
        let chain = Chain::to(&definition);
        chain.get("/").await;
        let next = Fleet::new([&definition], Some(&chain.proxy.fleet));
        assert!(!next.members[0].sites[0].health.is_available(&*chain.clock));
    });
}
