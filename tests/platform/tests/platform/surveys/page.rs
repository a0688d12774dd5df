//! What people see.

use super::{start, state};
use crate::gapfind::browser::Browser;

#[test]
fn the_page_shows_quotas_and_the_breaker_as_they_are() {
    let platform = start(&[]);
    for _ in 0..5 {
        assert_eq!(platform.get("/prod/survey/1/interview/1/attachment/1").status, 200);
    }
    assert_eq!(platform.get("/prod/survey/1/interview/1/attachment/1").status, 429);
    let browser = Browser::start(1100);
    browser.open(&platform.api);
    let level = |at: u32| {
        format!("document.querySelectorAll('.level')[{at}]?.querySelector('span').textContent")
    };
    browser.until(&format!("{}?.startsWith('0 of 5, full in ')", level(2)));
    browser.until(&format!("{}?.startsWith('5 of 10, full in ')", level(1)));
    browser.until(&format!("{}?.startsWith('15 of 20, full in ')", level(0)));
    browser.until("document.getElementById('breaker').dataset.state === 'CLOSED'");
    assert_eq!(browser.value("document.getElementById('waiting').textContent"), "0");
    browser.until("document.querySelectorAll('#time .series').length === 3");
    let style = |element: &str, of: &str| {
        browser.value(&format!("getComputedStyle(document.querySelector('{element}')).{of}"))
    };
    let shown = (style("#time .depth", "fill"), style("#time .depth", "opacity"));
    let explained =
        (style("#legend .depth", "backgroundColor"), style("#legend .depth", "opacity"));
    assert_eq!(shown, explained);
    for line in 1..=3 {
        let nth = format!("#time .series:nth-last-of-type({line})");
        assert_ne!(style(&nth, "stroke"), shown.0, "a line and the area are told apart");
    }
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn a_run_started_on_the_page_is_seen_to_its_end_on_a_narrow_screen_too() {
    let platform = start(&["minute=3", "rounds=8", "pause=0.2"]);
    let browser = Browser::start(380);
    browser.open(&platform.api);
    browser.click("#run");
    browser.until("document.getElementById('said').textContent === 'A run has begun.'");
    // Eight of each are more attachments than a minute allows.
    browser.until("document.querySelector('li[data-event=breaker-opened]')");
    browser.until("document.querySelector('li[data-event=breaker-closed]')");
    browser.until("document.getElementById('done').textContent === '24'");
    assert!(browser.value("document.querySelectorAll('#time .band').length").as_u64() >= Some(1));
    assert_eq!(state(&platform)["work"]["done"], 24);
    let fits = "document.documentElement.scrollWidth === document.documentElement.clientWidth";
    assert_eq!(browser.value(fits), true);
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn the_page_goes_on_once_the_server_answers_again() {
    let platform = start(&[]);
    let browser = Browser::start(1100);
    browser.open(&platform.api);
    let said = |which: &str, condition: &str| {
        browser.until(&format!("document.getElementById('{which}').textContent{condition}"));
    };
    browser.until("document.getElementById('breaker').dataset.state === 'CLOSED'");
    let away = "(window.there = fetch, window.fetch = async () => { throw new Error('away') }, 1)";
    browser.value(away);
    said("stale", " === 'Not up to date: away'");
    browser.click("#run");
    said("said", " === 'It could not begin: away'");
    browser.value("(window.fetch = window.there, 1)");
    said("stale", " === ''");
    browser.until("!document.getElementById('run').disabled");
    browser.click("#run");
    said("said", " === 'A run has begun.'");
}
