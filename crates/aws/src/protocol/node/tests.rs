use std::collections::BTreeMap;

use serde::Deserialize;

use crate::protocol::query::form;
use crate::protocol::{Malformed, read};

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input<'a> {
    queue_url: Option<&'a str>,
    delay_seconds: Option<u32>,
    with_decryption: Option<bool>,
    #[serde(alias = "MessageAttribute")]
    message_attributes: Option<BTreeMap<String, Value<'a>>>,
    #[serde(alias = "Entry")]
    entries: Option<Vec<Entry<'a>>>,
    tag_keys: Option<Vec<&'a str>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Value<'a> {
    data_type: &'a str,
    string_value: Option<&'a str>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    id: &'a str,
}

fn check(text: &str, expected: &Result<Input<'_>, Malformed>) {
    let node = form::read(text.as_bytes()).unwrap();
    assert_eq!(&read::<Input<'_>>(node.reading()), expected, "{text}");
}

fn unreadable(problem: &str) -> Result<Input<'static>, Malformed> {
    Err(Malformed::Unreadable(problem.to_owned()))
}

#[test]
fn scalars_are_what_their_text_says() {
    let input = Input {
        queue_url: Some("http://h/0/q"),
        delay_seconds: Some(5),
        with_decryption: Some(true),
        ..Input::default()
    };
    check("QueueUrl=http%3A//h/0/q&DelaySeconds=5&WithDecryption=true&Action=x", &Ok(input));
    check("DelaySeconds=soon", &unreadable("STRING_VALUE can not be converted to an Integer"));
    let no_flag = "STRING_VALUE can not be converted to a Boolean";
    check("WithDecryption=at line 5", &unreadable(no_flag));
    check("DelaySeconds.1=1", &unreadable("a value was expected"));
}

#[test]
fn flat_maps_and_lists_are_numbered() {
    let value = |text| Value { data_type: "String", string_value: Some(text) };
    let attributes = BTreeMap::from([("a".to_owned(), value("x")), ("b".to_owned(), value("y"))]);
    let expected = Input {
        message_attributes: Some(attributes),
        entries: Some(vec![Entry { id: "first" }, Entry { id: "second" }, Entry { id: "tenth" }]),
        ..Input::default()
    };
    check(
        "MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=String\
         &MessageAttribute.1.Value.StringValue=x\
         &MessageAttribute.2.Name=b&MessageAttribute.2.Value.DataType=String\
         &MessageAttribute.2.Value.StringValue=y\
         &Entry.10.Id=tenth&Entry.2.Id=second&Entry.1.Id=first",
        &Ok(expected),
    );
}

#[test]
fn so_are_wrapped_ones() {
    let value = Value { data_type: "String", string_value: None };
    let expected = Input {
        message_attributes: Some(BTreeMap::from([("a".to_owned(), value)])),
        tag_keys: Some(vec!["x", "y"]),
        ..Input::default()
    };
    check(
        "MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String\
         &TagKeys.member.1=x&TagKeys.member.2=y",
        &Ok(expected),
    );
}

#[test]
fn an_empty_list_is_an_empty_value() {
    check("TagKeys=", &Ok(Input { tag_keys: Some(Vec::new()), ..Input::default() }));
    check(
        "MessageAttributes=",
        &Ok(Input { message_attributes: Some(BTreeMap::new()), ..Input::default() }),
    );
}

#[test]
fn what_has_no_shape_is_refused() {
    check("Entry.x.Id=1", &unreadable("a list was expected"));
    check("Entry.1.Other=1", &Err(Malformed::Missing("Id".to_owned())));
    check("MessageAttribute.1.Name=a", &unreadable("an entry of a map has a name and a value"));
}
