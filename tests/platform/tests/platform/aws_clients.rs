//! Unmodified AWS clients against the AWS port.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

use crate::TestPlatform;
use crate::program::{repository, tidegate};

const STACK: &str = "\
name: aws
functions:
  echo: { runtime: python3.11, code: echo, handler: index.handler, concurrency: 1, queue_wait: 0ms }
apis: {}
";

const ECHO: &str = "\
import os, time

def handler(event, context):
    print('about to answer')
    if 'fail' in event:
        raise KeyError(event['fail'])
    time.sleep(event.get('sleep', 0))
    return {'event': event, 'endpoint': os.environ['AWS_ENDPOINT_URL'], 'arn': context.invoked_function_arn}
";

const CLIENT: &str = r#"
import base64, json, sys, threading
import boto3
from botocore.config import Config

aws = sys.argv[1]
client = boto3.client(
    'lambda', endpoint_url=aws, region_name='eu-west-1', aws_access_key_id='a',
    aws_secret_access_key='b', config=Config(retries={'total_max_attempts': 1}))

def refused(code, call, **arguments):
    try:
        call(**arguments)
    except client.exceptions.ClientError as error:
        assert error.response['Error']['Code'] == code, error
        return error
    raise AssertionError(f'{arguments} was accepted')

answer = client.invoke(FunctionName='echo', Payload=b'{"a": 1}', LogType='Tail')
assert answer['StatusCode'] == 200 and answer['ExecutedVersion'] == '$LATEST', answer
assert 'FunctionError' not in answer
assert answer['ResponseMetadata']['RequestId'], answer
payload = json.load(answer['Payload'])
assert payload['event'] == {'a': 1} and payload['endpoint'] == aws, payload
assert 'about to answer' in base64.b64decode(answer['LogResult']).decode(), answer

for name in ('echo:$LATEST', payload['arn'], '000000000000:function:echo'):
    assert client.invoke(FunctionName=name)['StatusCode'] == 200, name

failed = client.invoke(FunctionName='echo', Payload=b'{"fail": "x"}')
assert failed['StatusCode'] == 200 and failed['FunctionError'] == 'Unhandled', failed
assert json.load(failed['Payload'])['errorType'] == 'KeyError'

assert client.invoke(FunctionName='echo', InvocationType='DryRun')['StatusCode'] == 204
missing = refused('ResourceNotFoundException', client.invoke, FunctionName='nobody')
assert missing.response['Message'].startswith('Function not found: arn:aws:lambda:'), missing
refused('ResourceNotFoundException', client.invoke, FunctionName='echo', Qualifier='prod')
refused('InvalidRequestContentException', client.invoke, FunctionName='echo', Payload=b'{')
refused('ValidationException', client.invoke, FunctionName='echo', InvocationType='Later')
refused('RequestTooLargeException', client.invoke, FunctionName='echo', Payload=b'"' + b'x' * 6291456 + b'"')
unknown = refused('UnknownOperationException', client.list_layers)
assert 'GET /2018-10-31/layers' in str(unknown), unknown

sts = boto3.client(
    'sts', endpoint_url=aws, region_name='eu-west-1', aws_access_key_id='a', aws_secret_access_key='b')
who = sts.get_caller_identity()
assert who['Account'] == '000000000000' and who['Arn'] == 'arn:aws:iam::000000000000:root', who
assert who['ResponseMetadata']['RequestId'] == who['ResponseMetadata']['HTTPHeaders']['x-amzn-requestid']
try:
    sts.get_session_token()
except sts.exceptions.ClientError as error:
    assert error.response['Error']['Code'] == 'InvalidAction', error
else:
    raise AssertionError('GetSessionToken was accepted')

outcomes = []
def call():
    try:
        outcomes.append(client.invoke(FunctionName='echo', Payload=b'{"sleep": 1}')['StatusCode'])
    except client.exceptions.TooManyRequestsException as error:
        outcomes.append(error.response['Reason'])
threads = [threading.Thread(target=call) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert sorted(map(str, outcomes)) == ['200', 'ReservedFunctionConcurrentInvocationLimitExceeded'], outcomes
"#;

#[test]
fn boto3_invokes_functions() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK), ("echo/index.py", ECHO)]);
    runs(CLIENT, &platform);
}

const KEYS: &str =
    "[default]\naws_access_key_id = AKIAHARBOUR\naws_secret_access_key = low/tide+high\n";

/// A server that answers signed calls only, and the folder of its keys.
fn keyed() -> (TestPlatform, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().join("keys");
    std::fs::write(&keys, KEYS).expect("written");
    std::fs::set_permissions(&keys, Permissions::from_mode(0o600)).expect("set");
    let arguments = ["--aws-credentials", keys.to_str().expect("UTF-8")];
    let files = [("tidegate.yaml", STACK), ("echo/index.py", ECHO)];
    (TestPlatform::start_with(&files, &arguments), folder)
}

const SIGNED: &str = r#"
import io, sys, urllib.error, urllib.request, zipfile
import boto3

aws = sys.argv[1]

def client(service, region='us-east-1'):
    return boto3.client(
        service, endpoint_url=aws, region_name=region, aws_access_key_id='AKIAHARBOUR',
        aws_secret_access_key='low/tide+high')

functions = client('lambda')
link = functions.get_function(FunctionName='echo')['Code']['Location']
assert link.startswith(f'{aws}/'), link
with urllib.request.urlopen(link) as answer:
    names = zipfile.ZipFile(io.BytesIO(answer.read())).namelist()
assert names == ['index.py'], names
for forged in (link.split('?')[0], link + '&versionId=1', link.replace('Expires=600', 'Expires=900')):
    try:
        urllib.request.urlopen(forged)
    except urllib.error.HTTPError as error:
        assert error.code == 403, (forged, error)
    else:
        raise AssertionError(f'{forged} was followed')

for service, code, call in (
    ('sqs', 'InvalidSignatureException', lambda it: it.list_queues()),
    ('lambda', 'InvalidSignatureException', lambda it: it.list_functions()),
    ('sns', 'SignatureDoesNotMatch', lambda it: it.list_topics()),
):
    call(client(service))
    elsewhere = client(service, 'eu-west-1')
    try:
        call(elsewhere)
    except elsewhere.exceptions.ClientError as error:
        told = error.response['Error']
        assert told['Code'] == code or told.get('QueryErrorCode') == code, error.response
        text = "Credential should be scoped to a valid region, not 'eu-west-1'."
        assert told['Message'] == text, told
        assert error.response['ResponseMetadata']['HTTPStatusCode'] == 403, error.response
    else:
        raise AssertionError(f'{service} took a signature for another region')
"#;

fn runs(program: &str, platform: &TestPlatform) {
    let python = repository().join("target/tools/python/bin/python");
    assert!(python.exists(), "boto3 is missing: run scripts/setup");
    let output =
        Command::new(python).args(["-c", program, &platform.aws]).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn signatures_are_for_this_region_and_links_carry_one() {
    runs(SIGNED, &keyed().0);
}

const IN_SHELL: &str = r#"
eval "$("$0" env --shell bash)"
[ -z "${AWS_SECRET_ACCESS_KEY-}" ]
exec "$1" -c 'import boto3; boto3.client("sqs").list_queues()'
"#;

#[test]
fn env_leads_a_shell_to_the_servers_keys() {
    let (platform, keys) = keyed();
    let in_shell = || {
        let mut command = Command::new("bash");
        let python = repository().join("target/tools/python/bin/python");
        command.args(["-euc", IN_SHELL]).arg(tidegate()).arg(python).current_dir(platform.folder());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.env("HOME", platform.folder()).output().expect("bash runs")
    };
    let output = in_shell();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    drop(keys);
    let told = String::from_utf8_lossy(&in_shell().stderr).into_owned();
    assert!(told.contains("keys cannot be read here"), "{told}");
}

#[test]
fn invoke_signs_with_the_key_of_the_environment() {
    let (platform, _keys) = keyed();
    let invoke = |secret: &str| {
        let run = platform.tidegate(&["invoke", "echo:$LATEST", "--event", "{\"n\":1}"]);
        run.variable("AWS_ACCESS_KEY_ID", "AKIAHARBOUR")
            .variable("AWS_SECRET_ACCESS_KEY", secret)
            .variable("AWS_REGION", "eu-west-1")
            .said()
    };
    let said = invoke("low/tide+high");
    assert_eq!(said.exit, Some(0), "{}", said.err);
    assert!(said.out.contains("\"n\": 1") || said.out.contains("\"n\":1"), "{}", said.out);
    let refused = invoke("another");
    assert_eq!(refused.exit, Some(1), "{}", refused.out);
    let unsigned = platform.tidegate(&["invoke", "echo"]).variable("AWS_ACCESS_KEY_ID", "").said();
    assert!(unsigned.err.contains("AWS_ACCESS_KEY_ID"), "{}", unsigned.err);
}
