//! Java functions, as their developers have them: folders of classes and jars.

use crate::TestPlatform;
use crate::builds;
use crate::platform::write;
use crate::program::run;

const STACK: &str = "\
name: greeter
functions:
  hello: { runtime: java17, code: classes, handler: app.Hello }
  stream: { runtime: java8.al2, code: classes, handler: app.Stream }
apis:
  main:
    routes:
      GET /hello/{name}: hello
      POST /stream: stream
";

const HELLO: &str = "\
package app;

import com.amazonaws.services.lambda.runtime.*;
import java.util.*;

public class Hello implements RequestHandler<Map<String, Object>, Map<String, Object>> {
    public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
        Object name = ((Map<?, ?>) event.get(\"pathParameters\")).get(\"name\");
        context.getLogger().log(\"greeting \" + name);
        if (name.equals(\"nobody\")) {
            throw new IllegalArgumentException(\"whom?\");
        }
        Map<String, Object> answer = new HashMap<>();
        answer.put(\"statusCode\", 201);
        answer.put(\"body\", \"Hello, \" + name + \" \" + (context.getRemainingTimeInMillis() <= 3000));
        return answer;
    }
}
";

const STREAM: &str = "\
package app;

import com.amazonaws.services.lambda.runtime.*;
import java.io.*;

public class Stream implements RequestStreamHandler {
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        while (input.read() >= 0) {}
        output.write(\"{\\\"statusCode\\\":200,\\\"body\\\":\\\"streamed\\\"}\".getBytes());
    }
}
";

fn folder(stack: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let sources = [("app/Hello.java", HELLO), ("app/Stream.java", STREAM)];
    builds::classes(&sources, &folder.path().join("classes"));
    write(folder.path(), &[("tidegate.yaml", stack)]);
    folder
}

#[test]
fn classes_answer_behind_routes() {
    let platform = TestPlatform::start_in(folder(STACK), &[], &[]);
    let hello = platform.get("/hello/Ana");
    assert_eq!((hello.status, hello.text()), (201, "Hello, Ana true"));
    let stream = platform.post("/stream", &[], b"x");
    assert_eq!((stream.status, stream.text()), (200, "streamed"));

    let failed = platform.get("/hello/nobody");
    assert_eq!((failed.status, failed.text()), (500, r#"{"message":"Internal Server Error"}"#));
    let logs = platform.tidegate(&["logs", "--function", "hello", "--output", "json"]).said();
    let records = logs.out.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let records: Vec<serde_json::Value> = records.collect();
    let of = |part: &str| {
        let holds =
            |it: &&serde_json::Value| it["message"].as_str().is_some_and(|it| it.contains(part));
        records.iter().find(holds).unwrap_or_else(|| panic!("no {part}: {records:#?}"))
    };
    assert!(of("greeting Ana")["requestId"].is_string());
    let trace = of("whom?: java.lang.IllegalArgumentException");
    assert_eq!(trace["requestId"], of("greeting nobody")["requestId"]);
    assert!(trace["message"].to_string().contains("at app.Hello.handleRequest(Hello.java:"));
}

#[test]
fn a_class_that_is_not_there_is_told_of() {
    let folder = folder(&STACK.replace("app.Stream", "app.Steam"));
    let said = run(folder.path(), &["invoke", "stream", "--local"]).said();
    assert_eq!(said.exit, Some(3), "{said:?}");
    assert!(said.out.contains("Class not found: app.Steam"), "{said:?}");
    assert!(said.out.contains("java.lang.ClassNotFoundException"), "{said:?}");
}

#[test]
fn sources_that_nobody_has_built_are_told_of() {
    let folder =
        folder(&STACK.replace("code: classes, handler: app.Hello", "code: ., handler: app.Hello"));
    write(folder.path(), &[("pom.xml", "<project/>")]);
    let said = run(folder.path(), &["check"]).said();
    assert_eq!(said.exit, Some(2), "{}", said.err);
    assert!(said.err.contains("`.` has a `pom.xml`, and is not built here"), "{}", said.err);
    assert!(said.err.contains("name the jar in place of the folder"), "{}", said.err);
    write(folder.path(), &[("target/hello-1.0.jar", "a jar")]);
    let said = run(folder.path(), &["check"]).said();
    assert!(said.err.contains("that was built in place of the folder"), "{}", said.err);
    assert!(said.err.contains("target/hello-1.0.jar`"), "{}", said.err);
}
