use http::Request;

use super::*;

fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn refused(found: Result<Found, AwsError>) -> (&'static str, String) {
    match found {
        Ok(_) => panic!("it was found"),
        Err(error) => (error.query_code(), error.message().to_owned()),
    }
}

#[test]
fn an_invocation_is_found_by_its_path() {
    let invoke = head("POST", "/2015-03-31/functions/hello/invocations?Qualifier=prod", &[]);
    let Run::Rest(_, members) = by_path(&invoke).unwrap().run else { panic!("not REST") };
    assert_eq!(members.text("FunctionName"), Some("hello"));
    assert_eq!(members.text("Qualifier"), Some("prod"));
}

#[test]
fn a_form_names_its_action_in_the_body_or_the_query() {
    let identity = "Action=GetCallerIdentity&Version=2011-06-15";
    assert!(by_form(&head("POST", "/", &[]), identity.as_bytes()).is_ok());
    assert!(by_form(&head("GET", &format!("/?{identity}"), &[]), b"").is_ok());
}

#[test]
fn an_unknown_action_is_named() {
    let dynamo = head("POST", "/", &[("x-amz-target", "DynamoDB_20120810.ListTables")]);
    let (code, message) = refused(by_target(&dynamo));
    assert_eq!(code, "UnknownOperationException");
    assert!(message.contains("`DynamoDB_20120810.ListTables`"), "{message}");

    let other_version = by_form(&head("POST", "/", &[]), b"Action=GetCallerIdentity&Version=1");
    assert_eq!(refused(other_version).0, "InvalidAction");
    assert_eq!(refused(by_form(&head("POST", "/", &[]), b"")).0, "MissingAction");

    let signature = "AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/lambda/aws4_request, \
                     SignedHeaders=host, Signature=00";
    let signed = head("GET", "/2015-03-31/nothing/", &[("authorization", signature)]);
    let (_, message) = refused(by_path(&signed));
    assert!(message.contains("`lambda GET /2015-03-31/nothing/`"), "{message}");
}
