//! Templates of AWS: what people have in their folders runs as it is.

use crate::TestPlatform;
use crate::http::Connection;
use crate::platform::{File, write};
use crate::program::run;

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

/// An app of the second version of the CDK, as `cdk synth` leaves it: a folder and a zip as assets.
const CDK_TEMPLATE: &str = r#"{
 "Resources": {
  "GreetServiceRole": {
   "Type": "AWS::IAM::Role",
   "Properties": { "ManagedPolicyArns": [{ "Fn::Join": ["", ["arn:", { "Ref": "AWS::Partition" }, ":iam::aws:policy/x"]] }] }
  },
  "Greet": {
   "Type": "AWS::Lambda::Function",
   "Properties": {
    "Code": { "S3Bucket": "cdk-hnb659fds-assets-123456789012-us-east-1", "S3Key": "0a1b.zip" },
    "Environment": { "Variables": { "QUEUE": { "Ref": "Jobs" } } },
    "Handler": "index.handler", "Runtime": "python3.11", "Timeout": 20,
    "Role": { "Fn::GetAtt": ["GreetServiceRole", "Arn"] }
   },
   "DependsOn": ["GreetServiceRole"],
   "Metadata": { "aws:cdk:path": "App/Greet/Resource" }
  },
  "Jobs": { "Type": "AWS::SQS::Queue", "UpdateReplacePolicy": "Delete", "DeletionPolicy": "Delete" },
  "Api": { "Type": "AWS::ApiGatewayV2::Api", "Properties": { "Name": "api", "ProtocolType": "HTTP" } },
  "Stage": {
   "Type": "AWS::ApiGatewayV2::Stage",
   "Properties": { "ApiId": { "Ref": "Api" }, "AutoDeploy": true, "StageName": "$default" }
  },
  "Integration": {
   "Type": "AWS::ApiGatewayV2::Integration",
   "Properties": {
    "ApiId": { "Ref": "Api" }, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0",
    "IntegrationUri": { "Fn::GetAtt": ["Greet", "Arn"] }
   }
  },
  "Route": {
   "Type": "AWS::ApiGatewayV2::Route",
   "Properties": {
    "ApiId": { "Ref": "Api" }, "AuthorizationType": "NONE", "RouteKey": "GET /greet",
    "Target": { "Fn::Join": ["", ["integrations/", { "Ref": "Integration" }]] }
   }
  },
  "LogRetention": {
   "Type": "Custom::LogRetention",
   "Properties": { "ServiceToken": { "Fn::GetAtt": ["LogRetentionProvider", "Arn"] }, "RetentionInDays": 5 }
  },
  "LogRetentionProvider": {
   "Type": "AWS::Lambda::Function",
   "Properties": {
    "Code": { "S3Bucket": "b", "S3Key": "ffff.zip" }, "Handler": "index.handler", "Runtime": "nodejs18.x"
   }
  },
  "CDKMetadata": { "Type": "AWS::CDK::Metadata", "Properties": { "Analytics": "v2:deflate64:x" } }
 },
 "Parameters": {
  "BootstrapVersion": {
   "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"
  }
 },
 "Rules": {
  "CheckBootstrapVersion": {
   "Assertions": [{ "Assert": { "Fn::Not": [{ "Fn::Contains": [["1", "2"], { "Ref": "BootstrapVersion" }] }] } }]
  }
 }
}
"#;

const CDK_MANIFEST: &str = r#"{
 "version": "36.0.0",
 "artifacts": {
  "App.assets": { "type": "cdk:asset-manifest", "properties": { "file": "App.assets.json" } },
  "App": {
   "type": "aws:cloudformation:stack", "environment": "aws://123456789012/us-east-1",
   "properties": { "templateFile": "App.template.json", "stackName": "app-dev" }
  },
  "Tree": { "type": "cdk:tree", "properties": { "file": "tree.json" } }
 }
}
"#;

const CDK_ASSETS: &str = r#"{
 "version": "36.0.0",
 "files": {
  "0a1b": { "source": { "path": "asset.0a1b", "packaging": "zip" }, "destinations": {} },
  "ffff": { "source": { "path": "asset.ffff", "packaging": "zip" }, "destinations": {} }
 }
}
"#;

const CDK_FILES: [File<'static>; 5] = [
    ("cdk.json", r#"{ "app": "python3 app.py" }"#),
    ("cdk.out/manifest.json", CDK_MANIFEST),
    ("cdk.out/App.template.json", CDK_TEMPLATE),
    ("cdk.out/App.assets.json", CDK_ASSETS),
    (
        "cdk.out/asset.0a1b/index.py",
        "import os\ndef handler(event, context):\n    return [context.function_name, os.environ['QUEUE']]\n",
    ),
];

#[test]
fn what_the_cdk_synthesized_runs_as_it_is() {
    let platform = TestPlatform::start(&CDK_FILES);
    let said: Vec<String> = serde_json::from_str(platform.get("/greet").text()).expect("two texts");
    assert_eq!(said[0], "app-dev-Greet");
    assert_eq!(said[1], format!("{}/000000000000/app-dev-Jobs", platform.aws));
}

#[test]
fn a_template_becomes_a_manifest_that_means_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &CDK_FILES);
    let imported = run(folder.path(), &["import"]).said();
    assert_eq!(imported.exit, Some(0), "{}", imported.err);
    assert!(imported.err.contains("`AWS::IAM::Role` has no meaning here"), "{}", imported.err);
    let resources = |source: &str| {
        let said = run(folder.path(), &["synth", source]).said();
        assert_eq!(said.exit, Some(0), "{}", said.err);
        let mut stack: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
        stack["manifest"] = serde_json::Value::Null;
        stack
    };
    assert_eq!(resources("tidegate.yaml"), resources("cdk.out"));
    let both = run(folder.path(), &["check"]).said();
    assert_eq!(both.exit, Some(2));
    assert!(both.err.contains("`tidegate.yaml` and `cdk.out`"), "{}", both.err);
    assert!(both.err.contains("name the one that is meant"), "{}", both.err);
}

/// Two REST APIs of one stage, as templates of SAM have them: on AWS each has a host of its own.
const TWO_APIS: &str = r#"Transform: AWS::Serverless-2016-10-31
Resources:
  Inner:
    Type: AWS::Serverless::Api
    Properties: { StageName: Prod }
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: work
      Handler: app.handler
      Runtime: python3.11
      Environment:
        Variables: { INNER: !Sub "https://${Inner}.execute-api.${AWS::Region}.amazonaws.com/Prod" }
      Events:
        In: { Type: Api, Properties: { Path: /it, Method: get, RestApiId: !Ref Inner } }
        Out: { Type: Api, Properties: { Path: /it, Method: get } }
"#;

#[test]
fn two_apis_of_one_stage_answer_side_by_side() {
    let code = "import os\n\ndef handler(event, context):\n    \
                api = event['requestContext']['apiId']\n    \
                return {'statusCode': 200, 'body': f\"{api} {os.environ['INNER']}\"}\n";
    let files = [("template.yaml", TWO_APIS), ("work/app.py", code)];
    let platform = TestPlatform::start(&files);
    let inner = format!("{}/Prod", platform.api);
    assert_eq!(platform.get("/Prod/it").text(), format!("Inner {inner}"));
    let host = "serverlessrestapi.execute-api.us-east-1.localhost";
    let mut connection = platform.connect();
    connection.send(format!("GET /Prod/it HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
    let answer = connection.answer("GET").expect("an answer");
    assert_eq!(answer.text(), format!("ServerlessRestApi {inner}"));
}

/// Code that is written in the template, in both of its languages.
const INLINE: &str = r#"Transform: AWS::Serverless-2016-10-31
Resources:
  Python:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: !Sub |
        import json

        def handler(event, context):
            said = {"region": "${AWS::Region}", "path": event["path"], "text": "${!literal}\t."}
            return {"statusCode": 200, "body": json.dumps(said)}
      Events:
        In: { Type: Api, Properties: { Path: /python, Method: get } }
  Node:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Code:
        ZipFile: |
          exports.handler = async (event) => {
            return { statusCode: 200, body: `node ${event.rawPath}` };
          };
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: a, ProtocolType: HTTP, Target: !GetAtt Node.Arn } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: $default } }
"#;

#[test]
fn code_in_a_template_runs_and_is_imported_with_it() {
    let check = |platform: &TestPlatform| {
        let said: serde_json::Value =
            serde_json::from_str(platform.get("/Prod/python").text()).expect("JSON");
        let expected =
            serde_json::json!({"region": "us-east-1", "path": "/python", "text": "${literal}\t."});
        assert_eq!(said, expected);
        assert_eq!(platform.get("/anything").text(), "node /anything");
    };
    check(&TestPlatform::start(&[("template.yaml", INLINE)]));
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &[("template.yaml", INLINE)]);
    let imported = run(folder.path(), &["import"]).said();
    assert_eq!(imported.exit, Some(0), "{}", imported.err);
    let native = std::fs::read_to_string(folder.path().join("tidegate.yaml")).expect("a manifest");
    assert!(native.contains("    code:\n      inline: |\n        import json\n"), "{native}");
    check(&TestPlatform::start(&[("tidegate.yaml", &native)]));
}

/// A function that fails, and a queue for what it leaves.
const FAILING: &str = r#"Transform: AWS::Serverless-2016-10-31
Resources:
  Dead: { Type: AWS::SQS::Queue, Properties: { QueueName: dead } }
  Fail:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: fail
      Runtime: python3.11
      Handler: index.handler
      InlineCode: "def handler(event, context): raise ValueError(event['why'])"
      DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt Dead.Arn }
  Once:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: { FunctionName: !Ref Fail, Qualifier: $LATEST, MaximumRetryAttempts: 0 }
"#;

#[test]
fn what_a_function_of_a_template_gives_up_is_in_its_dead_letter_queue() {
    let platform = TestPlatform::start(&[("template.yaml", FAILING)]);
    let mut connection = Connection::open(&platform.aws);
    let target = "/2015-03-31/functions/fail/invocations";
    let headers = [("x-amz-invocation-type", "Event")];
    let accepted = connection.request("POST", target, &headers, br#"{"why": "no reason"}"#);
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    let headers = [
        ("x-amz-target", "AmazonSQS.ReceiveMessage"),
        ("content-type", "application/x-amz-json-1.0"),
    ];
    let body = format!(
        r#"{{"QueueUrl": "{}/000000000000/dead", "WaitTimeSeconds": 20, "MessageAttributeNames": ["All"]}}"#,
        platform.aws
    );
    let received = connection.request("POST", "/", &headers, body.as_bytes());
    let received: serde_json::Value = serde_json::from_str(received.text()).expect("JSON");
    let message = &received["Messages"][0];
    assert_eq!(message["Body"], r#"{"why": "no reason"}"#, "{received}");
    let error = message["MessageAttributes"]["ErrorMessage"]["StringValue"].as_str();
    assert!(error.is_some_and(|error| error.contains("no reason")), "{received}");
}

/// One API on two stages, as those have it who deploy to `dev` first.
const STAGES: &str = r#"Resources:
  Work:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Environment: { Variables: { DEV: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev" } }
      Code:
        ZipFile: |
          import os
          def handler(event, context):
              its = event["requestContext"]
              return {"statusCode": 200, "body": its["apiId"] + " " + its["stage"] + " " + os.environ["DEV"]}
  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: api } }
  It: { Type: AWS::ApiGateway::Resource, Properties: { RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: it } }
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref It
      HttpMethod: GET
      AuthorizationType: NONE
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Work.Arn}/invocations"
  Deployment: { Type: AWS::ApiGateway::Deployment, Properties: { RestApiId: !Ref Api } }
  Live: { Type: AWS::ApiGateway::Stage, Properties: { RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: live } }
  Dev: { Type: AWS::ApiGateway::Stage, Properties: { RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: dev } }
"#;

#[test]
fn an_api_answers_on_each_of_its_stages() {
    let platform = TestPlatform::start(&[("template.yaml", STAGES)]);
    for stage in ["live", "dev"] {
        let expected = format!("Api {stage} {}/dev", platform.api);
        assert_eq!(platform.get(&format!("/{stage}/it")).text(), expected);
    }
    assert_eq!(platform.get("/other/it").status, 403);
}
