//! What somebody changes of a deployed stack through AWS's own clients.

use std::process::Command;

use super::shop::Shop;
use crate::program::repository;

const MANIFEST: &str = "\
name: shop
functions:
  hello:
    { runtime: python3.11, code: hello, handler: index.handler, reserved_concurrency: 5,
      async: { retries: 1 } }
queues: { jobs: { visibility: 30s }, letters: {} }
ssm: { /shop/colour: { value: blue } }
apis: { main: { routes: { GET /: hello } } }
";

const OTHER: &str = "\
name: other
apis: { main: { stage: other, routes: { GET /: { mock: {} } } } }
";

/// Each change is one line of the difference.
const CHANGES: &str = "
aws('sqs').set_queue_attributes(QueueUrl=url('jobs'), Attributes={'VisibilityTimeout': '45'})
aws('sqs').delete_queue(QueueUrl=url('letters'))
aws('ssm').put_parameter(Name='/shop/colour', Value='red', Overwrite=True)
aws('lambda').put_function_concurrency(FunctionName='hello', ReservedConcurrentExecutions=7)
aws('lambda').put_function_event_invoke_config(FunctionName='hello', MaximumRetryAttempts=0)
changed = aws('lambda').update_function_configuration(
    FunctionName='hello', MemorySize=256, Environment={'Variables': {'VERSION': 'another'}})
assert changed['MemorySize'] == 256, changed
assert changed['Environment']['Variables'] == {'VERSION': 'another'}, changed
updated('hello')
";

/// Fails unless everything is as the manifest has it.
const AS_DECLARED: &str = "
visibility = aws('sqs').get_queue_attributes(QueueUrl=url('jobs'), AttributeNames=['All'])
assert visibility['Attributes']['VisibilityTimeout'] == '30', visibility
assert aws('sqs').get_queue_url(QueueName='letters')
assert aws('ssm').get_parameter(Name='/shop/colour')['Parameter']['Value'] == 'blue'
reserved = aws('lambda').get_function_concurrency(FunctionName='hello')
assert reserved['ReservedConcurrentExecutions'] == 5, reserved
config = aws('lambda').get_function_event_invoke_config(FunctionName='hello')
assert config['MaximumRetryAttempts'] == 1, config
function = aws('lambda').get_function_configuration(FunctionName='hello')
assert function['MemorySize'] == 128, function
";

#[test]
fn a_diff_shows_what_aws_calls_changed_and_a_deployment_sets_it_back() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.add("tidegate.yaml", MANIFEST);
    shop.replace("runtime", "environment: { VERSION: one }, runtime");
    shop.deploy();
    boto3(&shop, AS_DECLARED);
    let same = shop.tidegate(&["diff", "shop", "--exit-code"]);
    assert!(same.exit == Some(0) && same.out.contains("no changes"), "{same:?}");

    boto3(&shop, CHANGES);
    assert_eq!(shop.versions()[0], "another");
    // What becomes of other stacks leaves it alone.
    shop.add_beside("other/tidegate.yaml", OTHER);
    let said = shop.tidegate(&["deploy", "other"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(shop.versions()[0], "another");
    let drifted = shop.tidegate(&["diff", "shop", "--exit-code"]);
    assert_eq!(drifted.exit, Some(1), "{drifted:?}");
    let (_, told) = drifted.out.split_once("Changed by AWS calls since").expect("drift is told");
    for text in [
        "[~] queue jobs",
        "[-] 45s",
        "[+] 30s",
        "queue letters",
        "[~] parameter /shop/colour",
        "[~] reserved concurrency hello",
        "[-] 7",
        "[+] 5",
        "[~] event invoke config hello",
        "[~] function configuration hello",
        "[-] 256MB",
        "[+] 128MB",
    ] {
        assert!(told.contains(text), "{text}: {}", drifted.out);
    }

    shop.deploy();
    boto3(&shop, AS_DECLARED);
    let same = shop.tidegate(&["diff", "shop", "--exit-code"]);
    assert!(same.exit == Some(0) && same.out.contains("no changes"), "{same:?}");
}

/// What a function is made of is its manifest's.
#[test]
fn code_of_functions_is_changed_by_deployments_only() {
    let shop = Shop::serve();
    shop.write("one", "");
    shop.deploy();
    boto3(
        &shop,
        "
for change in [{'Runtime': 'python3.12'}, {'Role': 'arn:aws:iam::000000000000:role/other'}]:
    try:
        aws('lambda').update_function_configuration(FunctionName='hello', **change)
        raise SystemExit('it was changed')
    except aws('lambda').exceptions.ResourceConflictException as refused:
        assert 'manifest' in str(refused), refused
",
    );
    let same = shop.tidegate(&["diff", "shop", "--exit-code"]);
    assert!(same.exit == Some(0) && same.out.contains("no changes"), "{same:?}");
}

/// Of the stack's functions only what starts takes over; of others everything does, as on Lambda. Neither is in
/// the way of whoever changes something else.
#[test]
fn settings_with_which_a_function_does_not_start_stop_nobody_else() {
    let shop = Shop::serve();
    shop.write(
        "one",
        "import os\nif os.environ.get('VERSION') == 'bad': raise Exception('not so')\n",
    );
    shop.deploy();
    boto3(
        &shop,
        "
import io, zipfile
it = aws('lambda')
try:
    it.update_function_configuration(FunctionName='hello', Environment={'Variables': {'VERSION': 'bad'}})
    raise SystemExit('it was changed')
except it.exceptions.InvalidParameterValueException as refused:
    assert 'not so' in str(refused), refused
file = io.BytesIO()
with zipfile.ZipFile(file, 'w') as code:
    code.writestr('index.py', 'def handler(event, context): return 1')
it.create_function(FunctionName='made', Runtime='python3.11', Handler='index.handler',
                   Role='arn:aws:iam::000000000000:role/x', Code={'ZipFile': file.getvalue()})
assert it.invoke(FunctionName='made')['Payload'].read() == b'1'
changed = it.update_function_configuration(FunctionName='made', Handler='index.other')
assert changed['Handler'] == 'index.other', changed
updated('made')
told = it.invoke(FunctionName='made')['Payload'].read().decode()
assert 'other' in told, told
aws('sqs').create_queue(QueueName='jobs')
it.update_function_configuration(FunctionName='made', Handler='index.handler')
updated('made')
assert it.invoke(FunctionName='made')['Payload'].read() == b'1'
",
    );
    assert_eq!(shop.versions(), ["one"; 2]);
    let same = shop.tidegate(&["diff", "shop", "--exit-code"]);
    assert!(same.exit == Some(0) && same.out.contains("no changes"), "{same:?}");
}

fn boto3(shop: &Shop, program: &str) {
    let aws = &shop.platform.aws;
    let start = format!(
        "
import boto3
def aws(service):
    return boto3.client(service, endpoint_url='{aws}', region_name='us-east-1',
                        aws_access_key_id='a', aws_secret_access_key='b')
def updated(function):
    aws('lambda').get_waiter('function_updated_v2').wait(FunctionName=function)
def url(queue):
    return '{aws}/000000000000/' + queue
"
    );
    let python = repository().join("target/tools/python/bin/python");
    let output = Command::new(python).args(["-B", "-c", &format!("{start}{program}")]).output();
    let output = output.expect("scripts/setup brings boto3");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}
