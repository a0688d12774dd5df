use std::collections::BTreeMap;

use serde::Serialize;

use super::{Flat, Lists, result};

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Output {
    text: Option<&'static str>,
    count: Option<u32>,
    urls: Vec<&'static str>,
    attributes: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize)]
struct Nothing;

#[derive(Serialize)]
struct Empty {}

fn written(lists: Lists, output: &impl Serialize) -> String {
    let mut text = String::new();
    result(&mut text, "Get", lists, output);
    text
}

fn flat(_action: &str, member: &str) -> Option<Flat> {
    match member {
        "Urls" => Some(Flat::List("Url")),
        "Attributes" => Some(Flat::Map { entry: "Attribute", key: "Name", value: "Value" }),
        _ => None,
    }
}

fn output() -> Output {
    Output {
        text: Some("a<b>&\"c\"\r\n"),
        count: None,
        urls: vec!["x", "y"],
        attributes: BTreeMap::from([("k", "v")]),
    }
}

#[test]
fn lists_and_maps_are_wrapped() {
    let expected = "<GetResult><Text>a&lt;b&gt;&amp;&quot;c&quot;&#xD;\n</Text>\
        <Urls><member>x</member><member>y</member></Urls>\
        <Attributes><entry><key>k</key><value>v</value></entry></Attributes></GetResult>";
    assert_eq!(written(Lists::Wrapped, &output()), expected);
}

#[test]
fn or_repeated_where_the_service_says_so() {
    let expected = "<GetResult><Text>a&lt;b&gt;&amp;&quot;c&quot;&#xD;\n</Text><Url>x</Url><Url>y</Url>\
        <Attribute><Name>k</Name><Value>v</Value></Attribute></GetResult>";
    assert_eq!(written(Lists::Flat(flat), &output()), expected);
    assert_eq!(written(Lists::Flat(flat), &Output::default()), "<GetResult></GetResult>");
}

#[test]
fn a_unit_is_no_result_and_an_empty_struct_is_an_empty_one() {
    assert_eq!(written(Lists::Wrapped, &Nothing), "");
    assert_eq!(written(Lists::Wrapped, &Empty {}), "<GetResult></GetResult>");
}
