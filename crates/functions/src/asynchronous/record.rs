//! What destinations and dead-letter queues are told of an asynchronous invocation.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>

use bytes::Bytes;
use model::{
    Arn, AttributeData, AttributeValue, EventInvokeConfig, FunctionVersion, MessageOptions, Target,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::KeptInvocation;

use super::decide::Condition;
use super::owed::{Kind, Parcel};

/// What the last run answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) version: FunctionVersion,
    pub(super) payload: Bytes,
    pub(super) is_error: bool,
}

/// An invocation that is over.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub(super) invocation: &'a KeptInvocation,
    /// With its qualifier.
    pub(super) function_arn: &'a Arn,
    pub(super) condition: Condition,
    /// Runs altogether.
    pub(super) runs: u32,
    /// `None` where nothing ran since the last failure.
    pub(super) answer: Option<Answer>,
    pub(super) at: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    version: &'static str,
    timestamp: String,
    request_context: RequestContext<'a>,
    request_payload: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_payload: Option<Box<RawValue>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: &'a Arn,
    condition: &'static str,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext {
    status_code: u16,
    executed_version: FunctionVersion,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'static str>,
}

/// What is to be handed to whom, now that the invocation is over.
pub(super) fn parcels(
    outcome: &Outcome<'_>,
    policy: &EventInvokeConfig,
    dead_letters: Option<&Arn>,
) -> Vec<Parcel> {
    let is_success = outcome.condition == Condition::Success;
    let destination = if is_success { &policy.on_success } else { &policy.on_failure };
    let destination = destination.iter().map(|to| Parcel {
        to: to.clone(),
        body: record(outcome),
        options: MessageOptions::default(),
        kind: Kind::Destination,
    });
    let dead_letter = dead_letters.filter(|_| !is_success).into_iter().map(|to| Parcel {
        to: to.clone(),
        body: String::from_utf8_lossy(&outcome.invocation.event).into_owned(),
        options: dead_letter(outcome),
        kind: Kind::DeadLetter,
    });
    destination.chain(dead_letter).collect()
}

/// How the event bus is told of an outcome.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
pub(super) fn on_the_bus(parcel: &Parcel) -> Option<Target> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Record {
        request_context: Request,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Request {
        function_arn: Arn,
        condition: String,
    }
    let Record { request_context: request } = serde_json::from_str(&parcel.body).ok()?;
    let is_success = request.condition == Condition::Success.as_str();
    let outcome = if is_success { "Success" } else { "Failure" };
    Some(Target::EventBus {
        from: "lambda".to_owned(),
        detail_type: format!("Lambda Function Invocation Result - {outcome}"),
        resources: vec![parcel.to.clone(), request.function_arn],
    })
}

fn record(outcome: &Outcome<'_>) -> String {
    let answer = outcome.answer.as_ref();
    let record = Record {
        version: "1.0",
        timestamp: outcome.at.to_string(),
        request_context: RequestContext {
            request_id: &outcome.invocation.request_id,
            function_arn: outcome.function_arn,
            condition: outcome.condition.as_str(),
            approximate_invoke_count: outcome.runs,
        },
        request_payload: json(&outcome.invocation.event),
        response_context: answer.map(|answer| ResponseContext {
            status_code: 200,
            executed_version: answer.version,
            function_error: answer.is_error.then_some("Unhandled"),
        }),
        response_payload: answer.map(|answer| json(&answer.payload)),
    };
    serde_json::to_string(&record).unwrap_or_default()
}

/// As it is where it is JSON, else as a string.
fn json(bytes: &[u8]) -> Box<RawValue> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    RawValue::from_string(text).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(bytes);
        serde_json::value::to_raw_value(&text).unwrap_or_default()
    })
}

/// The attributes that Lambda gives a dead letter.
fn dead_letter(outcome: &Outcome<'_>) -> MessageOptions {
    /// Lambda gives the first kilobyte of the error.
    const MESSAGE: usize = 1024;
    let text = |name: &str, kind: &str, value: String| {
        let value =
            AttributeValue { data_type: kind.to_owned(), value: AttributeData::Text(value) };
        (name.to_owned(), value)
    };
    let message = match &outcome.answer {
        Some(answer) => String::from_utf8_lossy(&answer.payload).into_owned(),
        None => outcome.condition.as_str().to_owned(),
    };
    let message = message[..message.floor_char_boundary(MESSAGE)].to_owned();
    let code = if outcome.answer.is_some() { "200" } else { "429" };
    MessageOptions {
        attributes: vec![
            text("RequestID", "String", outcome.invocation.request_id.clone()),
            text("ErrorCode", "Number", code.to_owned()),
            text("ErrorMessage", "String", message),
        ],
        ..MessageOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use model::{Account, FunctionName, Qualifier};
    use store::Progress;

    use super::*;

    fn kept(event: &str) -> KeptInvocation {
        KeptInvocation {
            number: 1,
            request_id: "e4b46cbf-b738-4a5e-8880-a18cdf61200e".to_owned(),
            function: FunctionName::parse("my-function").expect("a name"),
            qualifier: Qualifier::LATEST,
            event: event.as_bytes().to_vec(),
            client: None,
            trace: String::new(),
            accepted: Timestamp(0),
            progress: Progress::default(),
        }
    }

    fn told(condition: Condition, answer: Option<Answer>, runs: u32) -> Vec<Parcel> {
        let account = Account::default();
        let function_arn = account.arn("lambda", "function:my-function:$LATEST");
        let mut policy =
            EventInvokeConfig::new(FunctionName::parse("f").expect("a name"), Qualifier::LATEST);
        policy.on_success = Some(account.arn("sqs", "good"));
        policy.on_failure = Some(account.arn("sqs", "bad"));
        let outcome = Outcome {
            invocation: &kept(r#"{"ORDER_IDS": ["9e07",  1.0]}"#),
            function_arn: &function_arn,
            condition,
            runs,
            answer,
            at: Timestamp(1_573_755_365_568),
        };
        parcels(&outcome, &policy, Some(&account.arn("sqs", "dead")))
    }

    fn answer(payload: &'static str, is_error: bool) -> Option<Answer> {
        let payload = Bytes::from_static(payload.as_bytes());
        Some(Answer { version: FunctionVersion::Latest, payload, is_error })
    }

    #[test]
    fn a_failure_reads_as_lambdas_own_example() {
        let error = answer(r#"{"errorMessage":"no"}"#, true);
        let parcels = told(Condition::RetriesExhausted, error, 3);
        assert_eq!(
            parcels[0].body,
            concat!(
                r#"{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":"#,
                r#"{"requestId":"e4b46cbf-b738-4a5e-8880-a18cdf61200e","functionArn":"#,
                r#""arn:aws:lambda:us-east-1:000000000000:function:my-function:$LATEST","#,
                r#""condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":"#,
                r#"{"ORDER_IDS": ["9e07",  1.0]},"responseContext":{"statusCode":200,"#,
                r#""executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":"#,
                r#"{"errorMessage":"no"}}"#
            )
        );
        assert_eq!(parcels[0].to.resource(), "bad");
        assert_eq!(parcels[1].to.resource(), "dead");
        assert_eq!(parcels[1].body, r#"{"ORDER_IDS": ["9e07",  1.0]}"#);
        let names: Vec<_> =
            parcels[1].options.attributes.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["RequestID", "ErrorCode", "ErrorMessage"]);
    }

    #[test]
    fn a_success_goes_to_its_own_destination_alone() {
        let parcels = told(Condition::Success, answer("not json", false), 1);
        assert_eq!(parcels.len(), 1);
        assert_eq!(parcels[0].to.resource(), "good");
        assert!(parcels[0].body.ends_with(
            r#""responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":"not json"}"#
        ));
    }

    #[test]
    fn what_never_ran_has_no_response() {
        let parcels = told(Condition::EventAgeExceeded, None, 0);
        assert!(parcels[0].body.ends_with(r#""requestPayload":{"ORDER_IDS": ["9e07",  1.0]}}"#));
    }
}
