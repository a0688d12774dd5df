# JSON only
import base64
import io
import json
import urllib.request
import zipfile

import at_once
import large_code
from asked import client, refused, same

functions = client('lambda')

# Invocation: waited for, accepted, only asked about.
answer = functions.invoke(
    FunctionName='hello',
    Payload=json.dumps({'a': 1}),
    LogType='Tail',
    ClientContext=base64.b64encode(json.dumps({'custom': {'k': 'v'}}).encode()).decode(),
)
same((answer['StatusCode'], answer['ExecutedVersion']), (200, '$LATEST'))
same(
    json.load(answer['Payload']),
    {'event': {'a': 1}, 'version': '$LATEST', 'custom': {'k': 'v'}},
)
lines = base64.b64decode(answer['LogResult']).decode().splitlines()
same([line.split()[0] for line in lines], ['START', 'hello', 'END', 'REPORT'])
assert lines[0].endswith('Version: $LATEST') and lines[1] == 'hello from $LATEST', lines
answer = functions.invoke(FunctionName='hello', Payload='{"fail": "no"}')
same(answer['FunctionError'], 'Unhandled')
same(json.load(answer['Payload'])['errorType'], 'ValueError')
same(functions.invoke(FunctionName='hello', InvocationType='DryRun')['StatusCode'], 204)
same(functions.invoke(FunctionName='hello', InvocationType='Event')['StatusCode'], 202)
same(functions.invoke_async(FunctionName='hello', InvokeArgs='{}')['Status'], 202)
refused('RequestTooLargeException', functions.invoke, FunctionName='hello',
        InvocationType='Event', Payload=json.dumps('x' * 1_048_576))
refused('ResourceNotFoundException', functions.invoke, FunctionName='nobody')
refused('ResourceNotFoundException', functions.invoke, FunctionName='hello', Qualifier='prod')
refused('InvalidRequestContentException', functions.invoke, FunctionName='hello', Payload='{')
for header, asked in [('X-Amz-Tenant-Id', {'TenantId': 'blue'}), ('X-Amz-Durable-Execution-Name', {'DurableExecutionName': 'x'})]:
    error = refused('InvalidParameterValueException', functions.invoke, FunctionName='hello', **asked)
    assert header in error['Error']['Message'], error
refused('InvalidParameterValueException', functions.list_functions, FunctionVersion='ALL', MasterRegion='us-east-1')

# Configuration of what the manifest declares.
own = functions.get_function_configuration(FunctionName='hello')
same((own['Runtime'], own['Handler'], own['Version'], own['State']),
     ('python3.11', 'index.handler', '$LATEST', 'Active'))
same(functions.get_function(FunctionName='hello')['Configuration']['FunctionArn'], own['FunctionArn'])


def downloaded(**arguments):
    """A function's code, from the link that anybody may follow."""
    with urllib.request.urlopen(functions.get_function(**arguments)['Code']['Location']) as answer:
        same(answer.headers['Content-Type'], 'application/zip')
        return answer.read()


hello = zipfile.ZipFile(io.BytesIO(downloaded(FunctionName='hello')))
same(hello.namelist(), ['index.py'])
assert b'def handler' in hello.read('index.py')
error = refused('ResourceConflictException', functions.delete_function, FunctionName='hello')
assert 'manifest' in error['Error']['Message'], error

# A function made here.
def zipped(answer):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        archive.writestr('index.py', f'def handler(event, context):\n    return "{answer}"\n')
    return out.getvalue()


arguments = {
    'FunctionName': 'made', 'Runtime': 'python3.11', 'Handler': 'index.handler',
    # Lambda's own pattern wants no slash behind `role`.
    'Role': 'arn:aws:iam::000000000000:rolex', 'Code': {'ZipFile': zipped('one')},
}
refused('InvalidParameterValueException', functions.create_function,
        **arguments, VpcConfig={'SubnetIds': ['subnet-1']})
refused('InvalidParameterValueException', functions.create_function,
        **{**arguments, 'Code': {'ZipFile': b'no zip'}})
for asked in [
    {'TracingConfig': {'Mode': 'Active'}},
    {'LoggingConfig': {'LogFormat': 'JSON', 'ApplicationLogLevel': 'DEBUG'}},
    {'LoggingConfig': {'LogGroup': '/everything'}},
    {'EphemeralStorage': {'Size': 2048}},
    {'SnapStart': {'ApplyOn': 'PublishedVersions'}},
    {'Layers': ['arn:aws:lambda:us-east-1:000000000000:layer:x:1']},
    {'FileSystemConfigs': [{'Arn': 'arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-01234567890abcdef', 'LocalMountPath': '/mnt/x'}]},
    {'CodeSigningConfigArn': 'arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-01234567890abcdef'},
    {'KMSKeyArn': 'arn:aws:kms:us-east-1:000000000000:key/x'},
    {'PackageType': 'Image'},
]:
    error = refused('InvalidParameterValueException', functions.create_function, **arguments, **asked)
    assert next(iter(asked)) in error['Error']['Message'], (asked, error)
refused('InvalidParameterValueException', functions.create_function,
        **{name: value for name, value in arguments.items() if name != 'Handler'})
# What every function has anyway may be asked for.
made = functions.create_function(
    **arguments, Tags={'team': 'blue'}, Timeout=7, TracingConfig={'Mode': 'PassThrough'},
    LoggingConfig={'LogFormat': 'Text', 'LogGroup': '/aws/lambda/made'}, EphemeralStorage={'Size': 512},
    SnapStart={'ApplyOn': 'None'}, VpcConfig={'SubnetIds': [], 'SecurityGroupIds': []}, Layers=[])
same((made['FunctionName'], made['Timeout'], made['Version']), ('made', 7, '$LATEST'))
refused('ResourceConflictException', functions.create_function, **arguments)
same(sorted(it['FunctionName'] for it in functions.list_functions()['Functions']), ['hello', 'made'])


def said(qualifier=None):
    more = {'Qualifier': qualifier} if qualifier else {}
    answer = functions.invoke(FunctionName='made', **more)
    return json.load(answer['Payload']), answer['ExecutedVersion']


same(said(), ('one', '$LATEST'))
first = functions.publish_version(FunctionName='made', Description='the first')
same((first['Version'], first['Description']), ('1', 'the first'))
same(first['FunctionArn'], made['FunctionArn'] + ':1')
same(functions.publish_version(FunctionName='made')['Version'], '1')
error = refused('InvalidParameterValueException', functions.publish_version, FunctionName='made', PublishTo='LATEST_PUBLISHED')
assert 'PublishTo' in error['Error']['Message'], error
two = zipped('two')
functions.update_function_code(FunctionName='made', ZipFile=two)
functions.get_waiter('function_updated_v2').wait(FunctionName='made')
same(said(), ('two', '$LATEST'))
same(said('1'), ('one', '1'))
same(downloaded(FunctionName='made'), two)
same(functions.publish_version(FunctionName='made')['Version'], '2')
# The description is a part of what is published.
functions.update_function_configuration(FunctionName='made', Description='the third')
for _ in range(2):
    third = functions.publish_version(FunctionName='made')
    same((third['Version'], third['Description']), ('3', 'the third'))
assert third['RevisionId'] != functions.get_function_configuration(
    FunctionName='made', Qualifier='2')['RevisionId']
functions.delete_function(FunctionName='made', Qualifier='3')
same([it['Version'] for it in functions.list_versions_by_function(FunctionName='made')['Versions']],
     ['$LATEST', '1', '2'])
changed = functions.update_function_configuration(
    FunctionName='made', MemorySize=256, Environment={'Variables': {'TABLE': 'b'}})
same((changed['MemorySize'], changed['Environment']), (256, {'Variables': {'TABLE': 'b'}}))
error = refused('InvalidParameterValueException', functions.update_function_configuration,
                FunctionName='made', TracingConfig={'Mode': 'Active'})
assert 'TracingConfig' in error['Error']['Message'], error

# Who sends a revision id wants the change only if nobody else made one meanwhile.
seen = changed['RevisionId']
same(functions.get_function_configuration(FunctionName='made')['RevisionId'], seen)
changed = functions.update_function_configuration(
    FunctionName='made', Description='mine', RevisionId=seen)
assert changed['RevisionId'] != seen
for late, more in [
    (functions.update_function_configuration, {'Description': 'late'}),
    (functions.update_function_code, {'ZipFile': zipped('late')}),
    (functions.publish_version, {}),
    (functions.add_permission,
     {'StatementId': 'x', 'Action': 'lambda:InvokeFunction', 'Principal': '*'}),
]:
    error = refused('PreconditionFailedException', late, FunctionName='made', RevisionId=seen, **more)
    same(error['ResponseMetadata']['HTTPStatusCode'], 412)

# Aliases.
alias = functions.create_alias(FunctionName='made', Name='prod', FunctionVersion='1')
same((alias['Name'], alias['FunctionVersion']), ('prod', '1'))
same(said('prod'), ('one', '1'))
for qualifier in ('1', 'prod'):
    code = zipfile.ZipFile(io.BytesIO(downloaded(FunctionName='made', Qualifier=qualifier)))
    assert b'"one"' in code.read('index.py'), qualifier
refused('ResourceConflictException', functions.create_alias,
        FunctionName='made', Name='prod', FunctionVersion='1')
refused('ResourceNotFoundException', functions.create_alias,
        FunctionName='made', Name='test', FunctionVersion='9')
old = alias['RevisionId']
alias = functions.update_alias(FunctionName='made', Name='prod', RevisionId=old,
                               RoutingConfig={'AdditionalVersionWeights': {'2': 1.0}})
refused('PreconditionFailedException', functions.update_alias,
        FunctionName='made', Name='prod', RevisionId=old, Description='late')
same(alias['RoutingConfig'], {'AdditionalVersionWeights': {'2': 1.0}})
same(said('prod'), ('two', '2'))
# However few of its invocations that gets, an alias is its own version.
same(functions.get_function_configuration(FunctionName='made', Qualifier='prod')['Version'], '1')
for version in ('2', '$LATEST'):
    refused('InvalidParameterValueException', functions.update_alias,
            FunctionName='made', Name='prod', FunctionVersion=version)
same([it['Name'] for it in functions.list_aliases(FunctionName='made')['Aliases']], ['prod'])
refused('ResourceConflictException', functions.delete_function, FunctionName='made', Qualifier='1')
refused('ResourceNotFoundException', functions.get_alias, FunctionName='made', Name='test')
functions.create_alias(FunctionName='made', Name='test', FunctionVersion='2')
functions.delete_alias(FunctionName='made', Name='test')
refused('ResourceNotFoundException', functions.get_alias, FunctionName='made', Name='test')

# Concurrency.
same(functions.put_function_concurrency(FunctionName='made', ReservedConcurrentExecutions=0)
     ['ReservedConcurrentExecutions'], 0)
error = refused('TooManyRequestsException', functions.invoke, FunctionName='made')
same(error['Reason'], 'ReservedFunctionConcurrentInvocationLimitExceeded')
refused('InvalidParameterValueException', functions.put_function_concurrency,
        FunctionName='made', ReservedConcurrentExecutions=950)
same(functions.get_function(FunctionName='made')['Concurrency'], {'ReservedConcurrentExecutions': 0})
functions.delete_function_concurrency(FunctionName='made')
assert 'ReservedConcurrentExecutions' not in functions.get_function_concurrency(FunctionName='made')
same(functions.get_account_settings()['AccountLimit']['UnreservedConcurrentExecutions'], 1000)
refused('ProvisionedConcurrencyConfigNotFoundException',
        functions.get_provisioned_concurrency_config, FunctionName='made', Qualifier='prod')
refused('InvalidParameterValueException', functions.put_provisioned_concurrency_config,
        FunctionName='made', Qualifier='$LATEST', ProvisionedConcurrentExecutions=1)
ready = {'FunctionName': 'made', 'Qualifier': 'prod', 'ProvisionedConcurrentExecutions': 2}
refused('InvalidParameterValueException', functions.put_provisioned_concurrency_config, **ready)
functions.update_alias(FunctionName='made', Name='prod', RoutingConfig={'AdditionalVersionWeights': {}})
functions.put_provisioned_concurrency_config(**ready)
version = functions.get_alias(FunctionName='made', Name='prod')['FunctionVersion']
refused('ResourceConflictException', functions.put_provisioned_concurrency_config, **{**ready, 'Qualifier': version})
refused('InvalidParameterValueException', functions.update_alias, FunctionName='made', Name='prod',
        RoutingConfig={'AdditionalVersionWeights': {'2': 0.1}})
while True:
    ready = functions.get_provisioned_concurrency_config(FunctionName='made', Qualifier='prod')
    if ready['Status'] == 'READY':
        break
same(ready['AvailableProvisionedConcurrentExecutions'], 2)
listed = functions.list_provisioned_concurrency_configs(FunctionName='made')
listed = listed['ProvisionedConcurrencyConfigs']
same([(one['FunctionArn'], one['RequestedProvisionedConcurrentExecutions']) for one in listed],
     [(made['FunctionArn'] + ':prod', 2)])
functions.delete_provisioned_concurrency_config(FunctionName='made', Qualifier='prod')

# Asynchronous invocation.
refused('ResourceNotFoundException', functions.get_function_event_invoke_config, FunctionName='made')
refused('InvalidParameterValueException', functions.put_function_event_invoke_config,
        FunctionName='made', MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60,
        DestinationConfig={'OnSuccess': {'Destination': 'arn:aws:sqs:us-east-1:000000000000:no'}})
config = functions.put_function_event_invoke_config(
    FunctionName='made', MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60)
same((config['MaximumRetryAttempts'], config['MaximumEventAgeInSeconds']), (0, 60))
assert config['FunctionArn'].endswith(':function:made:$LATEST'), config
config = functions.update_function_event_invoke_config(FunctionName='made', MaximumRetryAttempts=1)
same((config['MaximumRetryAttempts'], config['MaximumEventAgeInSeconds']), (1, 60))
same(len(functions.list_function_event_invoke_configs(FunctionName='made')
         ['FunctionEventInvokeConfigs']), 1)
functions.delete_function_event_invoke_config(FunctionName='made')

# Policies and tags are kept.
functions.add_permission(FunctionName='made', StatementId='sns', Action='lambda:InvokeFunction',
                         Principal='sns.amazonaws.com')
old = functions.get_policy(FunctionName='made')['RevisionId']
functions.remove_permission(FunctionName='made', StatementId='sns', RevisionId=old)
functions.add_permission(FunctionName='made', StatementId='sns', Action='lambda:InvokeFunction',
                         Principal='sns.amazonaws.com')
refused('PreconditionFailedException', functions.remove_permission,
        FunctionName='made', StatementId='sns', RevisionId=old)
refused('ResourceConflictException', functions.add_permission, FunctionName='made',
        StatementId='sns', Action='lambda:InvokeFunction', Principal='sns.amazonaws.com')
policy = json.loads(functions.get_policy(FunctionName='made')['Policy'])
same(policy['Statement'][0]['Principal'], {'Service': 'sns.amazonaws.com'})
functions.remove_permission(FunctionName='made', StatementId='sns')
refused('ResourceNotFoundException', functions.get_policy, FunctionName='made')
functions.tag_resource(Resource=made['FunctionArn'], Tags={'size': 'small'})
functions.untag_resource(Resource=made['FunctionArn'], TagKeys=['team'])
same(functions.list_tags(Resource=made['FunctionArn'])['Tags'], {'size': 'small'})

# What is set about an alias or a version goes with it.
def set_about(qualifier):
    of = {'FunctionName': 'made', 'Qualifier': qualifier}
    functions.put_provisioned_concurrency_config(**of, ProvisionedConcurrentExecutions=5)
    functions.put_function_event_invoke_config(**of, MaximumRetryAttempts=0)
    functions.add_permission(**of, StatementId='old', Action='lambda:InvokeFunction', Principal='*')


def nothing_is_set():
    functions.put_function_concurrency(FunctionName='made', ReservedConcurrentExecutions=3)
    functions.delete_function_concurrency(FunctionName='made')
    same(functions.list_provisioned_concurrency_configs(FunctionName='made')['ProvisionedConcurrencyConfigs'], [])
    same(functions.list_function_event_invoke_configs(FunctionName='made')['FunctionEventInvokeConfigs'], [])


alias = {'FunctionName': 'made', 'Name': 'short', 'FunctionVersion': '2'}
functions.create_alias(**alias)
set_about('short')
functions.create_function_url_config(FunctionName='made', Qualifier='short', AuthType='NONE')
functions.delete_alias(FunctionName='made', Name='short')
nothing_is_set()
same(functions.list_function_url_configs(FunctionName='made')['FunctionUrlConfigs'], [])
functions.create_alias(**alias)
refused('ResourceNotFoundException', functions.get_policy, FunctionName='made', Qualifier='short')
functions.delete_alias(FunctionName='made', Name='short')
set_about('2')
functions.delete_function(FunctionName='made', Qualifier='2')
nothing_is_set()

large_code.check(functions, {**arguments, 'FunctionName': 'large'})
at_once.check(functions, {**arguments, 'FunctionName': 'contended'}, zipped)

# A dead-letter queue that was deleted is in the way of no other change.
letters = client('sqs').create_queue(QueueName='letters')['QueueUrl']
functions.update_function_configuration(
    FunctionName='made', DeadLetterConfig={'TargetArn': 'arn:aws:sqs:us-east-1:000000000000:letters'})
client('sqs').delete_queue(QueueUrl=letters)
functions.tag_resource(Resource=made['FunctionArn'], Tags={'size': 'large'})
functions.update_function_configuration(FunctionName='made', Description='without letters')
published = functions.publish_version(FunctionName='made')['Version']
same(functions.get_function_configuration(FunctionName='made', Qualifier=published)['Description'], 'without letters')

# Its end.
functions.delete_function(FunctionName='made')
refused('ResourceNotFoundException', functions.get_function, FunctionName='made')
refused('ResourceNotFoundException', functions.invoke, FunctionName='made', Qualifier='1')
same([it['FunctionName'] for it in functions.list_functions()['Functions']], ['hello'])
