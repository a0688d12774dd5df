//! Stacks that others described, deployed to a server as they are.

use super::shop::Shop;

const SAM: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: { Type: String }
  Config: { Type: String, Default: prod, AllowedValues: [dev, prod] }
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello/
      Handler: index.handler
      Runtime: python3.11
      Environment: { Variables: { VERSION: !Sub '${Greeting} of ${AWS::StackName} in ${Config}' } }
      Events:
        Root: { Type: HttpApi, Properties: { Path: /, Method: get } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] }
";

const SERVERLESS: &str = "\
service: shop
frameworkVersion: '3'
provider:
  name: aws
  runtime: python3.11
  stage: ${opt:stage, 'prod'}
  environment: { VERSION: 'a service in ${sls:stage}' }
functions:
  hello:
    handler: hello/index.handler
    events: [{ httpApi: { path: /, method: get } }]
";

#[test]
fn a_template_is_deployed_with_its_parameters() {
    let shop = described("template.yaml", SAM);
    let said = shop.tidegate(&["deploy", "shop"]);
    assert!(said.exit == Some(2) && said.err.contains("Greeting"), "{said:?}");
    let dev = ["deploy", "shop", "-c", "Greeting=welcome", "-c", "Config=dev"];
    let said = shop.tidegate(&dev);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert!(said.err.contains("1 resource has no meaning here"), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "welcome of shop in dev");
    let said = shop.tidegate(&["deploy", "shop", "-c", "Greeting=welcome", "-c", "Config=test"]);
    assert!(said.exit == Some(2) && said.err.contains("Config"), "{said:?}");
    let shop = shop.restarted();
    assert_eq!(shop.platform.get("/").text(), "welcome of shop in dev");
    let said = shop.tidegate(&["deploy", "shop", "-c", "Greeting=farewell"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "farewell of shop in prod");
    let said = shop.tidegate(&["rollback", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "welcome of shop in dev");
}

#[test]
fn a_service_of_the_serverless_framework_is_deployed() {
    let shop = described("serverless.yml", SERVERLESS);
    let said = shop.tidegate(&["deploy", "shop", "-c", "stage=dev"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "a service in dev");
}

/// What `cdk synth` made goes along, and nothing else of the app's folder.
#[test]
fn what_the_cdk_synthesized_is_deployed() {
    let shop = Shop::serve();
    for (file, text) in CDK {
        shop.add_beside(&format!("app/{file}"), text);
    }
    shop.add_beside("app/huge", "not a part of the stack");
    let said = shop.tidegate(&["deploy", "app"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert!(said.err.contains("2 resources have no meaning here"), "{said:?}");
    let sent = files_of_bundle(&shop);
    assert!(sent.contains("cdk.out/manifest.json") && !sent.contains("huge"), "{sent}");
    assert_eq!(shop.platform.get("/").text(), "synthesized");
    let said = shop.tidegate(&["deploy", "app"]);
    assert!(said.out.contains("nothing to do"), "{said:?}");
}

pub(super) const CDK: [(&str, &str); 4] = [
    (
        "cdk.out/manifest.json",
        r#"{"version": "36.0.0", "artifacts": {
            "main.assets": {"type": "cdk:asset-manifest", "properties": {"file": "main.assets.json"}},
            "main": {"type": "aws:cloudformation:stack", "properties": {
                "templateFile": "main.template.json", "stackName": "synth-main"}}}}"#,
    ),
    (
        "cdk.out/main.assets.json",
        r#"{"version": "36.0.0", "files": {"abc123": {
            "source": {"path": "asset.abc123", "packaging": "zip"},
            "destinations": {"here": {"bucketName": "assets", "objectKey": "abc123.zip"}}}}}"#,
    ),
    (
        "cdk.out/main.template.json",
        r#"{"Resources": {
            "Hello1": {"Type": "AWS::Lambda::Function", "Properties": {
                "Code": {"S3Bucket": "assets", "S3Key": "abc123.zip"}, "Runtime": "python3.11",
                "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role1", "Arn"]}}},
            "Role1": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
            "Api1": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {
                "Name": "main", "ProtocolType": "HTTP", "Target": {"Fn::GetAtt": ["Hello1", "Arn"]}}}}}"#,
    ),
    ("cdk.out/asset.abc123/index.py", "def handler(event, context):\n    return 'synthesized'\n"),
];

const STAGED: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Config: { Type: String }
Resources:
  Rest: { Type: AWS::Serverless::Api, Properties: { StageName: !Ref Config } }
  Jobs: { Type: AWS::SQS::Queue }
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello/
      Handler: index.handler
      Runtime: python3.11
      Environment: { Variables: { VERSION: !Sub '${AWS::StackName} and ${Jobs.QueueName}' } }
      Events:
        Root: { Type: Api, Properties: { Path: /, Method: get, RestApiId: !Ref Rest } }
";

/// A REST API wants a whole answer.
const PROXY: &str = "\
import os
def handler(event, context):
    return {'statusCode': 200, 'body': os.environ['VERSION']}
";

#[test]
fn environments_of_one_template_live_beside_each_other() {
    let shop = described("template.yaml", STAGED);
    shop.add("hello/index.py", PROXY);
    for environment in ["dev", "prod"] {
        let config = format!("Config={environment}");
        let said = shop.tidegate(&["deploy", "shop", "--env", environment, "-c", &config]);
        assert_eq!(said.exit, Some(0), "{said:?}");
        assert!(said.out.contains(&format!("deployed shop@{environment}, revision 1")), "{said:?}");
    }
    let shop = shop.restarted();
    for environment in ["dev", "prod"] {
        let said = shop.platform.get(&format!("/{environment}/"));
        let expected = format!("shop-{environment} and shop-{environment}-Jobs");
        assert!(said.text().starts_with(&expected), "{}", said.text());
    }
    let said = shop.tidegate(&["destroy", "shop@dev", "--confirm", "shop@dev"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_ne!(shop.platform.get("/dev/").status, 200);
    assert_eq!(shop.platform.get("/prod/").status, 200);
}

#[test]
fn a_template_is_given_its_stacks_name() {
    let shop = Shop::serve();
    shop.write("one", "");
    let said = shop.tidegate(&["deploy", "shop", "--name", "store"]);
    assert!(said.exit == Some(2) && said.err.contains("calls its stack `shop`"), "{said:?}");
    remove(&shop, "tidegate.yaml");
    shop.add("template.yaml", STAGED);
    shop.add("hello/index.py", PROXY);
    let said = shop.tidegate(&["deploy", "shop", "--name", "store", "-c", "Config=v1"]);
    assert!(said.out.contains("deployed store, revision 1"), "{said:?}");
    assert!(shop.platform.get("/v1/").text().starts_with("store and store-Jobs"));
}

#[test]
fn an_environment_is_the_stage_of_a_service() {
    let shop = described("serverless.yml", SERVERLESS);
    let said = shop.tidegate(&["deploy", "shop", "--env", "dev"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "a service in dev");
    let shop = shop.restarted();
    assert_eq!(shop.platform.get("/").text(), "a service in dev");
}

fn files_of_bundle(shop: &Shop) -> String {
    let folder = shop.folder().join("state/deployed/bundles");
    let mut all = std::fs::read_dir(folder).expect("a folder");
    let bundle = all.next().expect("a bundle").expect("readable").path();
    std::fs::read_to_string(bundle.join("listing.json")).expect("a listing")
}

/// A shop whose stack another description stands for.
fn described(file: &str, text: &str) -> Shop {
    let shop = Shop::serve();
    shop.write("one", "");
    remove(&shop, "tidegate.yaml");
    shop.add(file, text);
    shop
}

fn remove(shop: &Shop, file: &str) {
    std::fs::remove_file(shop.folder().join("shop").join(file)).expect("removed");
}

/// An app of the CDK with a stage: its stack is in an assembly of its own, its asset in that of the app.
const STAGE: [(&str, &str); 3] = [
    (
        "cdk.out/manifest.json",
        r#"{"version": "36.0.0", "artifacts": {"assembly-prod": {"type": "cdk:cloud-assembly",
            "properties": {"directoryName": "assembly-prod", "displayName": "prod"}}}}"#,
    ),
    (
        "cdk.out/assembly-prod/manifest.json",
        r#"{"version": "36.0.0", "artifacts": {
            "main.assets": {"type": "cdk:asset-manifest", "properties": {"file": "main.assets.json"}},
            "main": {"type": "aws:cloudformation:stack", "properties": {
                "templateFile": "main.template.json", "stackName": "prod-main"}},
            "other": {"type": "aws:cloudformation:stack", "properties": {
                "templateFile": "other.template.json", "stackName": "prod-other"}}}}"#,
    ),
    (
        "cdk.out/assembly-prod/main.assets.json",
        r#"{"version": "36.0.0", "files": {"abc123": {
            "source": {"path": "../asset.abc123", "packaging": "zip"}, "destinations": {}}}}"#,
    ),
];

#[test]
fn stacks_of_a_stage_are_deployed_with_what_lies_beside_them() {
    let shop = Shop::serve();
    for (path, text) in STAGE {
        shop.add_beside(&format!("app/{path}"), text);
    }
    shop.add_beside("app/cdk.out/assembly-prod/main.template.json", CDK[2].1);
    shop.add_beside(
        "app/cdk.out/assembly-prod/other.template.json",
        r#"{"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}"#,
    );
    shop.add_beside("app/cdk.out/asset.abc123/index.py", CDK[3].1);
    let said = shop.tidegate(&["deploy", "app"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    for stack in ["prod-main", "prod-other"] {
        assert!(said.out.contains(&format!("deployed {stack}, revision 1")), "{said:?}");
    }
    assert_eq!(shop.platform.get("/").text(), "synthesized");
}

const SAMCONFIG: &str = "\
version = 0.1
[default.deploy.parameters]
stack_name = 'till'
region = 'eu-west-1'
parameter_overrides = 'Greeting=\"good day\" Config=dev'
[staging.deploy.parameters]
parameter_overrides = ['Greeting=hello']
";

#[test]
fn the_settings_of_sam_beside_a_template_hold() {
    let shop = described("template.yaml", SAM);
    shop.add("samconfig.toml", SAMCONFIG);
    let said = shop.tidegate(&["deploy", "shop"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert!(said.err.contains("samconfig.toml:4:1: N0901: `region` has no meaning"), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "good day of till in dev");
    let said = shop.tidegate(&["deploy", "shop", "-c", "Greeting=bye"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "bye of till in dev");
    let said = shop.tidegate(&["destroy", "till", "--confirm", "till"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let said = shop.tidegate(&["deploy", "shop", "--env", "staging"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.platform.get("/").text(), "hello of shop-staging in prod");
    shop.add("samconfig.toml", "default.deploy.parameters.parameter_overrides = 'Greeting'\n");
    let said = shop.tidegate(&["synth", "shop"]);
    assert!(
        said.exit == Some(2) && said.err.contains("`Greeting` is not `Name=value`"),
        "{said:?}"
    );
}
