//! Unmodified Node handlers.

use model::invoke::{FunctionErrorKind, Outcome};
use serde_json::json;

use crate::platform::{TestPlatform, function};

#[tokio::test]
async fn every_kind_of_handler_answers() {
    let platform = TestPlatform::new();
    let code = platform.code(&[
        ("index.js", r#"
exports.plain = async (event) => ({ got: event });
exports.callback = (event, context, callback) => setTimeout(() => callback(null, 'later'), 5);
exports.quick = (event, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = false;
    setInterval(() => {}, 1000);
    callback(null, 'now');
};
exports.succeed = (event, context) => context.succeed('old style');
exports.nothing = () => {};
exports.nested = { deep: { handler: async () => 'deep' } };
exports.promise = () => new Promise((resolve) => setImmediate(() => resolve('promise')));
exports.undefined = async () => undefined;
"#),
        ("modern.mjs", "export const handler = async (event) => `module ${event}`;"),
        ("a/b.c.js", ""),
        ("a/b.cjs", "exports.handler = async () => __filename.endsWith('/a/b.cjs');"),
        ("typed/package.json", r#"{"type":"module"}"#),
        ("typed/index.js", "export async function handler() { return import.meta.url.endsWith('/typed/index.js') }"),
    ]);
    let cases = [
        ("index.plain", json!({"got": 1})),
        ("index.callback", json!("later")),
        ("index.quick", json!("now")),
        ("index.succeed", json!("old style")),
        ("index.nothing", json!(null)),
        ("index.nested.deep.handler", json!("deep")),
        ("index.promise", json!("promise")),
        ("index.undefined", json!(null)),
        ("modern.handler", json!("module 1")),
        ("a/b.handler", json!(true)),
        ("typed/index.handler", json!(true)),
    ];
    for (handler, expected) in cases {
        let mut function = function("nodejs20.x", &code);
        function.handler = handler.to_owned();
        platform.install(&[function]).await;
        for _ in 0..3 {
            assert_eq!(platform.ok("1").await, expected, "{handler}");
        }
    }
}

#[tokio::test]
async fn a_handler_gets_its_context_and_a_console() {
    let platform = TestPlatform::new();
    let code = r#"
console.log('loading');
exports.handler = async (event, context) => {
    console.log('hello %s', 'you', { a: 1 });
    console.error('two\nlines');
    process.stdout.write('raw\n');
    const left = context.getRemainingTimeInMillis();
    return {
        id: context.awsRequestId.length, arn: context.invokedFunctionArn, name: context.functionName,
        memory: context.memoryLimitInMB, left: left > 0 && left <= 20000,
        trace: process.env._X_AMZN_TRACE_ID.slice(0, 5), home: process.env.HOME,
        told: require('child_process').execSync('printf %s "$_X_AMZN_TRACE_ID"').toString()
            === process.env._X_AMZN_TRACE_ID && '_X_AMZN_TRACE_ID' in { ...process.env },
        stdin: require('fs').existsSync('/dev/null'),
    };
};
"#;
    platform.install_code("nodejs20.x", "index.js", code).await;
    let expected = json!({
        "id": 36, "arn": "arn:aws:lambda:us-east-1:000000000000:function:f", "name": "f",
        "memory": "256", "left": true, "trace": "Root=", "told": true, "stdin": true,
    });
    assert_eq!(platform.ok("{}").await, expected);
    platform.functions.drain(std::time::Duration::from_secs(5)).await;
    let log = platform.log();
    let line = |part: &str| {
        log.iter().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {log:#?}"))
    };
    assert!(line("loading").contains("\tundefined\tINFO\tloading"));
    assert!(line("hello you").ends_with("\tINFO\thello you { a: 1 }"));
    assert!(line("two").ends_with("\tERROR\ttwo\nlines"));
    line("raw");
}

#[tokio::test]
async fn its_variables_are_as_any_others() {
    let platform = TestPlatform::new();
    let code = r#"
const given = () => require('child_process').execSync('printf %s "$ONE$_X_AMZN_TRACE_ID"').toString();
exports.handler = async (event) => {
    process.env.ONE = 1;
    process.env._X_AMZN_TRACE_ID = 2;
    const set = [process.env.ONE, process.env._X_AMZN_TRACE_ID, given()];
    delete process.env.ONE;
    delete process.env._X_AMZN_TRACE_ID;
    const gone = ['ONE' in process.env, Object.keys(process.env).includes('_X_AMZN_TRACE_ID'), given()];
    return [before, set, gone];
};
const before = process.env._X_AMZN_TRACE_ID === undefined;
"#;
    platform.install_code("nodejs20.x", "index.js", code).await;
    let expected = json!([true, ["1", "2", "12"], [false, false, ""]]);
    assert_eq!(platform.ok("{}").await, expected);
    assert_eq!(platform.ok("{}").await, expected, "each invocation has its own");
    platform.functions.drain(std::time::Duration::from_secs(5)).await;
}

#[tokio::test]
async fn errors_read_as_lambdas_do() {
    let platform = TestPlatform::new();
    let code = r#"
class Refused extends Error { constructor(m) { super(m); this.name = 'Refused'; } }
exports.handler = (event, context, callback) => {
    switch (event) {
        case 'throw': throw new Refused('not today');
        case 'reject': return Promise.reject(new TypeError('no'));
        case 'string': return callback('just text');
        case 'cycle': { const a = {}; a.a = a; return callback(null, a); }
        case 'bigint': return Promise.resolve(10n);
        case 'unhandled': Promise.reject(new Error('forgotten')); return;
        case 'uncaught': setTimeout(() => { throw new RangeError('too far'); }, 1); return;
        case 'exit': process.exit(3);
    }
};
"#;
    platform.install_code("nodejs20.x", "index.js", code).await;
    let cases = [
        ("throw", FunctionErrorKind::Handled, "Refused", "not today"),
        ("reject", FunctionErrorKind::Handled, "TypeError", "no"),
        ("string", FunctionErrorKind::Handled, "string", "just text"),
        (
            "unhandled",
            FunctionErrorKind::Handled,
            "Runtime.UnhandledPromiseRejection",
            "Error: forgotten",
        ),
        ("uncaught", FunctionErrorKind::Handled, "RangeError", "too far"),
    ];
    for (event, kind, error_type, message) in cases {
        let (error, document) = platform.error(&format!("{event:?}")).await;
        assert_eq!(error.kind, kind, "{event}");
        assert_eq!(document["errorType"], error_type, "{event}");
        assert_eq!(document["errorMessage"], message, "{event}");
        assert!(document["trace"].is_array(), "{event}");
    }
    for event in ["cycle", "bigint"] {
        let (_, document) = platform.error(&format!("{event:?}")).await;
        assert_eq!(document["errorType"], "Runtime.MarshalError", "{event}");
    }
    let (error, document) = platform.error("\"exit\"").await;
    assert_eq!(error.kind, FunctionErrorKind::Crashed);
    assert_eq!(document["errorType"], "Runtime.ExitError");
    let message = document["errorMessage"].as_str().expect("text");
    assert!(message.ends_with(" Error: Runtime exited with error: exit status 3"), "{message}");
}

#[tokio::test]
async fn a_promise_that_never_settles_is_an_error_not_a_hang() {
    let platform = TestPlatform::new();
    let code = "exports.handler = async (event) => event || new Promise(() => {});";
    platform.install_code("nodejs20.x", "index.js", code).await;
    let (_, document) = platform.error("null").await;
    assert_eq!(document["errorType"], "Runtime.NodeJsExit");
    assert_eq!(platform.ok("1").await, json!(1), "the environment goes on");
}

#[tokio::test]
async fn a_function_that_cannot_load_says_why() {
    let cases = [
        (
            "require('nothere')",
            "index.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'nothere'",
        ),
        (
            "exports.other = 1",
            "index.handler",
            "Runtime.HandlerNotFound",
            "index.handler is undefined or not exported",
        ),
        (
            "exports.handler = 1",
            "index.handler",
            "Runtime.HandlerNotFound",
            "index.handler is not a function",
        ),
        (
            "exports.handler = async (",
            "index.handler",
            "Runtime.UserCodeSyntaxError",
            "SyntaxError: Unexpected end of input",
        ),
        ("throw new RangeError('no')", "index.handler", "RangeError", "no"),
        ("", "index", "Runtime.MalformedHandlerName", "Bad handler"),
        (
            "",
            "../index.handler",
            "Runtime.MalformedHandlerName",
            "'../index.handler' is not a valid",
        ),
    ];
    for (code, handler, kind, message) in cases {
        let platform = TestPlatform::new();
        let mut function = function("nodejs20.x", &platform.code(&[("index.js", code)]));
        function.handler = handler.to_owned();
        platform.install(&[function]).await;
        let (error, document) = platform.error("1").await;
        assert_eq!(error.kind, FunctionErrorKind::InitFailed);
        assert_eq!(document["errorType"], kind, "{code}");
        let found = document["errorMessage"].as_str().expect("text");
        assert!(found.starts_with(message), "{found}");
    }
}

#[tokio::test]
async fn responses_stream() {
    let platform = TestPlatform::new();
    let code = r#"
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
    if (event === 'early') throw new Error('before the first byte');
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
    out.write('one ');
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (event === 'late') throw new TypeError('midway');
    out.write({ two: 2 });
    out.end();
});
"#;
    platform.install_code("nodejs20.x", "index.js", code).await;
    for _ in 0..2 {
        let Outcome::Stream(mut stream) = platform.invoke("1").await.expect("run").outcome else {
            panic!("not a stream");
        };
        let kind = "application/vnd.awslambda.http-integration-response";
        assert_eq!(stream.content_type.as_deref(), Some(kind));
        let mut all = Vec::new();
        while let Some(chunk) = stream.next().await {
            all.extend_from_slice(&chunk.expect("a chunk"));
        }
        assert_eq!(all, b"{\"statusCode\":201}\0\0\0\0\0\0\0\0one {\"two\":2}");
    }
    let Outcome::Stream(mut stream) = platform.invoke("\"late\"").await.expect("run").outcome
    else {
        panic!("not a stream");
    };
    let mut last = None;
    while let Some(chunk) = stream.next().await {
        last = Some(chunk);
    }
    let error = last.expect("chunks").expect_err("fails midway");
    let document: serde_json::Value = serde_json::from_slice(&error.payload).expect("JSON");
    assert_eq!(document["errorType"], "TypeError");
    let (_, document) = platform.error("\"early\"").await;
    assert_eq!(document["errorMessage"], "before the first byte");
    drop(platform.invoke("1").await.expect("run"));
    let Outcome::Stream(_) = platform.invoke("1").await.expect("run").outcome else {
        panic!("a dropped stream does no harm");
    };
}
