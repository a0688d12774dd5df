//! Templates of AWS: what people have in their folders runs as it is.

use crate::TestPlatform;
use crate::platform::File;

/// As the Serverless Application Model's own first template lays it out, for Python.
const PYTHON: &str = r#"AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Description: >
  greeter

Globals:
  Function:
    Timeout: 3

Resources:
  HelloWorldFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello_world/
      Handler: app.lambda_handler
      Runtime: python3.11
      Architectures:
        - x86_64
      Events:
        HelloWorld:
          Type: Api
          Properties:
            Path: /hello
            Method: get

Outputs:
  HelloWorldApi:
    Description: "API Gateway endpoint URL for Prod stage for Hello World function"
    Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello/"
  HelloWorldFunction:
    Description: "Hello World Lambda Function ARN"
    Value: !GetAtt HelloWorldFunction.Arn
  HelloWorldFunctionIamRole:
    Description: "Implicit IAM Role created for Hello World function"
    Value: !GetAtt HelloWorldFunctionRole.Arn
"#;

const PYTHON_CODE: &str = r#"
import json


def lambda_handler(event, context):
    return {
        "statusCode": 200,
        "body": json.dumps({"message": "hello world", "resource": event["resource"],
                            "stage": event["requestContext"]["stage"],
                            "name": context.function_name}),
    }
"#;

const NODE_CODE: &str = r#"
export const lambdaHandler = async (event, context) => ({
  statusCode: 200,
  body: JSON.stringify({ message: 'hello world', resource: event.resource, name: context.functionName }),
});
"#;

const PACKAGE: &str = r#"{
  "name": "hello_world",
  "version": "1.0.0",
  "main": "app.js",
  "scripts": { "test": "mocha tests/unit/" },
  "devDependencies": { "chai": ">=4.3.6", "mocha": ">=10.2.0" }
}
"#;

#[test]
fn the_python_first_template_runs_as_it_is() {
    let files: [File<'_>; 5] = [
        ("template.yaml", PYTHON),
        ("hello_world/app.py", PYTHON_CODE),
        ("hello_world/requirements.txt", "# nothing beside what Python has\n"),
        ("events/event.json", "{}"),
        ("tests/unit/test_handler.py", ""),
    ];
    let platform = TestPlatform::start(&files);
    let said: serde_json::Value =
        serde_json::from_str(platform.get("/Prod/hello").text()).expect("JSON");
    assert_eq!(said["message"], "hello world");
    assert_eq!(said["resource"], "/hello");
    assert_eq!(said["stage"], "Prod");
    let name = said["name"].as_str().expect("a name");
    assert!(name.ends_with("-HelloWorldFunction"), "{name}");
}

#[test]
fn the_node_first_template_runs_as_it_is() {
    let template = PYTHON
        .replace("hello_world/", "hello-world/")
        .replace("app.lambda_handler", "app.lambdaHandler")
        .replace("python3.11", "nodejs20.x");
    let files: [File<'_>; 3] = [
        ("template.yaml", &template),
        ("hello-world/app.mjs", NODE_CODE),
        ("hello-world/package.json", PACKAGE),
    ];
    let platform = TestPlatform::start(&files);
    let said: serde_json::Value =
        serde_json::from_str(platform.get("/Prod/hello").text()).expect("JSON");
    assert_eq!(said["message"], "hello world");
}
