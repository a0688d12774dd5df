//! Requests that the recorded cases do not have.

use gapfind::answer::Answer;
use gapfind::event::Event;
use gapfind::refusal::Refusal;
use gapfind::store::{ScheduleStore, StoreError};
use gapfind::username::Username;
use gapfind::week::{Schedule, Slot};
use gapfind::{registration, search, survey};
use serde_json::{Value, json};

/// `ana` has class in the first hour of every day, `luis` in the last, `monday` all Monday;
/// asking for anybody else fails as a store would.
struct Fixed;

impl ScheduleStore for Fixed {
    fn keep(&mut self, _: &Username, _: Schedule) -> Result<(), StoreError> {
        Ok(())
    }

    fn find(&mut self, usernames: &[Username]) -> Result<Vec<Option<Schedule>>, StoreError> {
        let schedule = |class: fn(&Slot) -> bool| Slot::all().filter(class).collect();
        usernames
            .iter()
            .map(|username| match username.as_str() {
                "ana" => Ok(Some(schedule(|slot| slot.hour() == 0))),
                "luis" => Ok(Some(schedule(|slot| slot.hour() == 13))),
                "monday" => Ok(Some(schedule(|slot| slot.day() == 0))),
                _ => Err(StoreError::Sqlite(rusqlite::Error::InvalidQuery)),
            })
            .collect()
    }
}

type Respond = fn(&mut dyn ScheduleStore, &Event) -> Result<Answer, Refusal>;

fn answer(respond: Respond, event: Value) -> (u16, Value) {
    let event = serde_json::from_value(event).expect("an event");
    let answer = respond(&mut Fixed, &event).unwrap_or_else(Answer::from);
    (answer.status_code, serde_json::from_str(&answer.body).expect("JSON"))
}

fn check(respond: Respond, body: &Value, status: u16, expected: &Value) {
    let found = answer(respond, json!({ "body": body.to_string() }));
    assert_eq!((found.0, &found.1), (status, expected), "{body}");
}

#[test]
fn the_first_wrong_field_is_reported() {
    const TOO_LONG: &str = "Es imposible tener más de 98 horas de clases a la semana";
    let unknown = json!({ "list_of_indices": ["error desconocido"] });
    let too_long = json!({ "list_of_indices": [TOO_LONG] });
    for (indices, expected) in [
        (json!([["x", 0, 0]]), &too_long),
        (json!([[0, 0, 0], [20, 0]]), &too_long),
        (json!([[20, 0], [0, 0, 0]]), &unknown),
        (json!([["x"]]), &unknown),
        (json!([{ "hour": 1 }]), &unknown),
        (json!({}), &unknown),
        (json!(null), &unknown),
        (json!(vec![json!("x"); 99]), &too_long),
    ] {
        let body = json!({ "username": "ana", "list_of_indices": indices });
        check(registration::answer, &body, 400, expected);
    }
}

#[test]
fn a_group_s_names_are_checked_before_anything_else() {
    let unknown = json!({ "usernames": ["error desconocido"] });
    let digit = json!({ "usernames": ["El usuario b2 solo puede contener letras"] });
    let other = json!({ "non_field_errors": ["error desconocido"] });
    for (names, expected) in [
        (json!(["b2"]), &digit),
        (json!(["ana"]), &unknown),
        (json!(["ana", 1, "b2"]), &unknown),
        (json!(["", "b2"]), &unknown),
        (json!("ana"), &unknown),
        (json!(vec!["b2"; 99]), &unknown),
        (json!(["ana", "luis"]), &other),
    ] {
        check(search::answer, &json!({ "usernames": names, "limit": 1 }), 400, expected);
    }
}

#[test]
fn options_are_read_as_leniently_as_the_original_reads_them() {
    let count = |options: Value| {
        let mut body = json!({ "usernames": ["ana", "luis"] });
        body.as_object_mut().expect("an object").extend(options.as_object().expect("one").clone());
        answer(search::answer, json!({ "body": body.to_string() })).1["count"].clone()
    };
    assert_eq!(count(json!({})), 84);
    assert_eq!(count(json!({ "limit": "3.0" })), 3);
    assert_eq!(count(json!({ "limit": 1e30 })), Value::Null);
    assert_eq!(count(json!({ "limit": true })), Value::Null);
    assert_eq!(count(json!({ "days_to_filter": [true, "6"], "compute_sd": "on" })), 60);
    assert_eq!(count(json!({ "days_to_filter": [] })), Value::Null);
    assert_eq!(count(json!({ "compute_sd": null })), Value::Null);
    assert_eq!(count(json!({ "unknown": 1 })), 84);
}

#[test]
fn a_day_full_of_classes_is_not_a_day_off() {
    let body = json!({ "usernames": ["ana", "monday"], "no_classes_day": true });
    let (_, found) = answer(search::answer, json!({ "body": body.to_string() }));
    let days = found["gaps"].as_array().expect("gaps").iter().map(|gap| &gap["day_index"]);
    assert!(days.into_iter().all(|day| *day != 0));
}

#[test]
fn a_failing_store_is_named_but_not_explained() {
    let body = json!({ "usernames": ["ana", "nobody"] });
    let expected = json!({ "msg": "un error ocurrió: la base de datos no está disponible" });
    check(search::answer, &body, 500, &expected);
}

#[test]
fn direct_invocations_are_told_what_a_body_is() {
    for respond in [registration::answer as Respond, search::answer, survey::answer] {
        assert_eq!(answer(respond, json!({ "body": null })).1["msg"], "missing body");
        assert_eq!(answer(respond, json!({ "body": {} })).1["msg"], "body must be a string");
    }
    let not_base64 = json!({ "body": "a", "isBase64Encoded": true });
    assert_eq!(answer(survey::answer, not_base64).1["msg"], "Incorrect padding");
}

fn survey(parts: &[(&str, &str)]) -> (u16, Value) {
    let part = |(name, content): &(&str, &str)| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    };
    let body: String = parts.iter().map(part).collect();
    let headers = json!({ "content-type": "multipart/form-data; boundary=B" });
    answer(survey::answer, json!({ "headers": headers, "body": format!("{body}--B--\r\n") }))
}

#[test]
fn names_come_from_the_file_and_from_the_extra_ones() {
    let both = survey(&[
        ("extra_usernames", "luis,,"),
        ("usernames_file", "\u{feff}ana\r\n\r\n ana \rluis"),
    ]);
    assert_eq!((both.0, &both.1["total_students"]), (200, &json!(3)));
    let large = " ".repeat(10_241);
    let large = survey(&[("usernames_file", large.as_str())]);
    assert_eq!(large, (400, json!({ "msg": "file size is greater than 10KB" })));
}

#[test]
fn a_survey_s_names_are_checked_in_order() {
    for (names, expected) in [
        ("b2,ana", "El usuario b2 solo puede contener letras"),
        ("b2", "El usuario b2 solo puede contener letras"),
        ("ana", "Al menos debes proporcionar dos usuarios"),
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,b2",
            "El nombre de usuario no puede tener más de 30 caracteres",
        ),
    ] {
        let found = survey(&[("extra_usernames", names)]);
        assert_eq!(found, (400, json!({ "usernames": [expected] })), "{names}");
    }
}

#[test]
fn hours_in_which_the_host_has_class_are_left_out() {
    let (_, found) = survey(&[("extra_usernames", "ana,luis"), ("username_to_filter", "ana")]);
    let results = found["results"].as_array().expect("results");
    assert_eq!(results.len(), 13 * 5);
    assert!(results.iter().all(|hour| hour["hour_index"] != 0));
}
