//! What a group sees.

use serde_json::{Value, json};

use super::browser::Browser;
use super::start;
use crate::TestPlatform;

const RIGHT: char = '\u{e014}';
const DOWN: char = '\u{e015}';

fn said(form: &str) -> String {
    format!("document.getElementById('{form}-said').textContent")
}

fn register(platform: &TestPlatform, username: &str, slots: &Value) {
    let body = json!({ "username": username, "list_of_indices": slots }).to_string();
    let answer = platform.post("/manual", &[("content-type", "application/json")], body.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn results(platform: &TestPlatform, body: &Value) -> Value {
    let headers = [("content-type", "application/json")];
    platform.post("/results", &headers, body.to_string().as_bytes()).json()
}

#[test]
fn a_group_enters_its_schedules_and_sees_its_common_gaps() {
    let platform = start(6000);
    let browser = Browser::start(1100);
    browser.open(&platform.api);

    // One member drags with the pointer, another uses the keyboard.
    browser.enter("#username", "ana");
    browser.drag("[data-slot='2,1']", "[data-slot='5,1']");
    browser.drag("[data-slot='8,3']", "[data-slot='8,4']");
    browser.click("#save");
    browser.until(&format!("{}.startsWith('Saved ana')", said("enter")));
    browser.click("#clear");
    browser.value("document.getElementById('username').value = ''");
    browser.enter("#username", "luis");
    browser.value("document.querySelector('[data-slot=\"0,0\"]').focus()");
    browser.press(&[RIGHT, ' ', DOWN, ' ']);
    browser.click("#save");
    browser.until(&format!("{}.startsWith('Saved luis')", said("enter")));

    browser.click("#tab-find");
    assert_eq!(browser.value("document.getElementById('usernames').value"), "ana, luis");
    browser.click("#search");
    browser.until("!document.getElementById('gaps').hidden");
    let expected = results(&platform, &json!({ "usernames": ["ana", "luis"] }));
    let heat = "document.querySelectorAll('#gaps .heat td > :not(.none)').length";
    assert_eq!(browser.value(heat), expected["count"]);
    let best = &expected["gaps"][0];
    // Ana has class from 8:30 on Tuesday, Luis until 7:30: 12:30 is next to her last hour.
    assert_eq!((&best["day_index"], &best["hour_index"]), (&json!(1), &json!(6)));
    let label = browser.value("document.querySelector('#gaps .best').ariaLabel");
    let label = label.as_str().expect("a label");
    assert!(label.starts_with("Martes 12:30 PM: quality "), "{label}");
    assert!(label.contains("from class on average"), "{label}");
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn the_api_s_complaints_are_shown_where_they_belong() {
    let platform = start(3);
    register(&platform, "ana", &json!([[0, 0]]));
    let browser = Browser::start(1100);
    browser.open(&format!("{}/#find", platform.api));
    browser.enter("#usernames", "ana nadie");
    browser.click("#search");
    let unknown = "Los siguientes usuarios no se encontraron: nadie";
    browser.until(&format!("{} === '{unknown}'", said("find")));
    assert_eq!(browser.value("document.getElementById('usernames').ariaInvalid"), "true");
    assert_eq!(browser.value("document.getElementById('gaps').hidden"), true);
    // Three requests were made: the next one is one too many.
    browser.click("#search");
    browser.until(&format!(
        "/^Too many requests. Try again in \\d+ seconds?.$/.test({})",
        said("find")
    ));
}

#[test]
fn a_file_of_names_becomes_a_map_of_who_is_free_on_a_narrow_screen_too() {
    let platform = start(6000);
    register(&platform, "ana", &json!([[0, 0]]));
    register(&platform, "luis", &json!([[0, 0], [1, 4]]));
    register(&platform, "host", &json!([[13, 2]]));
    let names = platform.path("names.txt");
    std::fs::write(&names, "ana\r\nluis\r\nnadie\r\n").expect("written");
    let browser = Browser::start(380);
    browser.open(&platform.api);
    browser.click("#tab-survey");
    browser.enter("#file", names.to_str().expect("UTF-8"));
    browser.enter("#host", "host");
    browser.click("#ask");
    browser.until("!document.getElementById('availability').hidden");
    let cell = |hour: u32, day: u32| {
        let row = hour + 1;
        let column = day + 2;
        browser.value(&format!(
            "document.querySelector('#availability tbody tr:nth-child({row}) :nth-child({column}) > [role=img]').ariaLabel"
        ))
    };
    assert_eq!(cell(0, 0), "Lunes 6:30 AM: 0 of 2 are free");
    assert_eq!(cell(1, 4), "Viernes 7:30 AM: 1 of 2 are free");
    assert_eq!(cell(13, 2), "Miércoles 7:30 PM: the host has class");
    assert_eq!(cell(6, 3), "Jueves 12:30 PM: 2 of 2 are free");
    let fits = "document.documentElement.scrollWidth === document.documentElement.clientWidth";
    assert_eq!(browser.value(fits), true);
    assert_eq!(browser.console(), [""; 0]);
}
