"""Compares the members that actions read of their inputs with those that boto3's models have: nothing that AWS
documents is passed over in silence. `members.json` has what is read; a test of `crates/aws` keeps it true."""

import json
import pathlib

import boto3

URL = [
    'FunctionName', 'Qualifier', 'AuthType', 'InvokeMode', 'Cors', 'Cors.AllowCredentials', 'Cors.AllowHeaders',
    'Cors.AllowMethods', 'Cors.AllowOrigins', 'Cors.ExposeHeaders', 'Cors.MaxAge']
# What actions read that take their requests apart themselves, or have members in common. Of others with a `*` in
# `members.json`, whatever has no name is refused.
BY_HAND = {
    'lambda': {
        'Invoke': [
            'FunctionName', 'Qualifier', 'Payload', 'X-Amz-Invocation-Type', 'X-Amz-Log-Type', 'X-Amz-Client-Context',
            'X-Amz-Tenant-Id', 'X-Amz-Durable-Execution-Name'],
        'InvokeWithResponseStream': [
            'FunctionName', 'Qualifier', 'Payload', 'X-Amz-Invocation-Type', 'X-Amz-Log-Type', 'X-Amz-Client-Context',
            'X-Amz-Tenant-Id'],
        'InvokeAsync': ['FunctionName', 'InvokeArgs'],
        'CreateFunctionUrlConfig': URL,
        'UpdateFunctionUrlConfig': URL,
    },
}

# Members that are passed over, and why nothing is lost by it.
OF_NO_EFFECT = {
    'events DeleteRule Force': 'no rule here is managed by another service, which is what it overrides',
    'events PutEvents Entries.TraceHeader': 'events are not traced',
    'events RemoveTargets Force': 'no rule here is managed by another service, which is what it overrides',
    'logs DescribeLogGroups includeLinkedAccounts': 'no other account is linked',
    'logs FilterLogEvents interleaved': 'AWS passes over it, too',
    'logs FilterLogEvents unmask': 'nothing here is masked',
    'logs GetLogEvents unmask': 'nothing here is masked',
    'scheduler DeleteSchedule ClientToken': 'a call that comes again says that there is nothing to delete',
    'scheduler DeleteScheduleGroup ClientToken': 'a call that comes again says that there is nothing to delete',
    **{f'sqs {action} {attributes}.{kind}ListValues': 'AWS has not implemented it, either'
       for action, above in (('SendMessage', ''), ('SendMessageBatch', 'Entries.'))
       for attributes in (f'{above}MessageAttributes', f'{above}MessageSystemAttributes')
       for kind in ('Binary', 'String')},
}


def passed_over(service, actions):
    options = {'region_name': 'us-east-1', 'aws_access_key_id': 'x', 'aws_secret_access_key': 'x'}
    model = boto3.client(service, **options).meta.service_model
    for action, read in actions.items():
        shape = model.operation_model(action).input_shape
        for path in unread(shape, '', set(read)) if shape else ():
            yield f'{service} {action} {path}'


def unread(shape, above, read):
    """The members of a shape that are not read, by their paths. Lists and maps are what is in them."""
    while shape.type_name in ('list', 'map'):
        shape = shape.member if shape.type_name == 'list' else shape.value
    if shape.type_name != 'structure' or above + '*' in read:
        return
    for name, member in shape.members.items():
        names = {above + name, above + member.serialization.get('name', name)} & read
        if names:
            yield from unread(member, names.pop() + '.', read)
        else:
            yield above + name


def main():
    told = json.loads(pathlib.Path(__file__).with_name('members.json').read_text())
    seen = {one for service in told for one in passed_over(service, told[service] | BY_HAND.get(service, {}))}
    unknown, gone = sorted(seen - set(OF_NO_EFFECT)), sorted(set(OF_NO_EFFECT) - seen)
    assert not unknown, 'read or refuse these, or say in members.py why they are of no effect:\n' + '\n'.join(unknown)
    assert not gone, 'these are read, or are no members:\n' + '\n'.join(gone)


if __name__ == '__main__':
    main()
