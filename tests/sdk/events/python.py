# JSON only
"""Every action of EventBridge: rules of the default bus, their targets, and events."""

import json

from asked import client, refused, same

events = client('events')
sqs = client('sqs')
BASE = 'us-east-1:000000000000'
BUS = f'arn:aws:events:{BASE}:event-bus/default'


def queue(name):
    return f'arn:aws:sqs:{BASE}:{name}'


def received(name):
    url = sqs.get_queue_url(QueueName=name)['QueueUrl']
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)['Messages']
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message['ReceiptHandle'])
    return [message['Body'] for message in messages]


def entry(**members):
    return {'Source': 'shop', 'DetailType': 'order', 'Detail': '{"total": 120, "who": "a\\"b"}', **members}


def rules():
    pattern = json.dumps({'source': ['shop'], 'detail': {'total': [{'numeric': ['>', 100]}]}})
    made = events.put_rule(Name='large', EventPattern=pattern, Description='x', Tags=[{'Key': 'team', 'Value': 'blue'}])
    arn = f'arn:aws:events:{BASE}:rule/large'
    same(made['RuleArn'], arn)
    seen = events.describe_rule(Name='large')
    seen.pop('ResponseMetadata')
    same(seen, {
        'Name': 'large', 'Arn': arn, 'EventPattern': pattern, 'State': 'ENABLED', 'Description': 'x',
        'EventBusName': 'default', 'CreatedBy': '000000000000',
    })
    events.disable_rule(Name='large')
    same(events.describe_rule(Name='large', EventBusName=BUS)['State'], 'DISABLED')
    events.enable_rule(Name='large')
    same(events.describe_rule(Name='large')['State'], 'ENABLED')
    for number in range(3):
        events.put_rule(Name=f'list-{number}', ScheduleExpression='rate(1 hour)', State='DISABLED')
    pages = list(events.get_paginator('list_rules').paginate(NamePrefix='list-', PaginationConfig={'PageSize': 2}))
    same([[rule['Name'] for rule in page['Rules']] for page in pages], [['list-0', 'list-1'], ['list-2']])
    same(pages[0]['Rules'][0]['ScheduleExpression'], 'rate(1 hour)')

    events.tag_resource(ResourceARN=arn, Tags=[{'Key': 'x', 'Value': '1'}])
    events.untag_resource(ResourceARN=arn, TagKeys=['team'])
    same(events.list_tags_for_resource(ResourceARN=arn)['Tags'], [{'Key': 'x', 'Value': '1'}])

    refused('ValidationException', events.put_rule, Name='none')
    for expression in ('rate(1 minutes)', 'cron(0 0 30 2 ? *)', 'cron(0 12 * * * *)', 'at(2030-01-01T00:00:00)', 'rate(0 minutes)'):
        error = refused('ValidationException', events.put_rule, Name='bad', ScheduleExpression=expression)
        same(error['Error']['Message'], 'Parameter ScheduleExpression is not valid.')
    refused('InvalidEventPatternException', events.put_rule, Name='bad', EventPattern='{"source": "shop"}')
    refused('ValidationException', events.put_rule, Name='a b', EventPattern='{"source":["x"]}')
    missing = refused('ResourceNotFoundException', events.describe_rule, Name='nothing')
    same(missing['Error']['Message'], 'Rule nothing does not exist on EventBus default.')
    missing = refused('ResourceNotFoundException', events.list_rules, EventBusName='other')
    same(missing['Error']['Message'], 'Event bus other does not exist.')
    refused('ResourceNotFoundException', events.enable_rule, Name='nothing')
    refused('ResourceNotFoundException', events.list_tags_for_resource, ResourceARN=f'arn:aws:events:{BASE}:rule/nothing')


def targets():
    template = '{"who": <who>, "text": "<who> pays <total>", "rule": "<aws.events.rule-name>"}'
    answer = events.put_targets(Rule='large', Targets=[
        {'Id': 'orders', 'Arn': queue('orders')},
        {'Id': 'large', 'Arn': queue('large'), 'DeadLetterConfig': {'Arn': queue('ticks')},
         'RetryPolicy': {'MaximumRetryAttempts': 2, 'MaximumEventAgeInSeconds': 60},
         'InputTransformer': {'InputPathsMap': {'who': '$.detail.who', 'total': '$.detail.total'},
                              'InputTemplate': template}},
    ])
    same((answer['FailedEntryCount'], answer['FailedEntries']), (0, []))
    seen = events.list_targets_by_rule(Rule='large')['Targets']
    same([target['Id'] for target in seen], ['large', 'orders'])
    same(seen[0]['InputTransformer']['InputTemplate'], template)
    same(seen[0]['RetryPolicy'], {'MaximumRetryAttempts': 2, 'MaximumEventAgeInSeconds': 60})
    same(events.list_rule_names_by_target(TargetArn=queue('orders'))['RuleNames'], ['large'])

    refused('ResourceNotFoundException', events.put_targets, Rule='nothing', Targets=[{'Id': '1', 'Arn': queue('orders')}])
    for target in (
        {'Arn': queue('nothing')}, {'Arn': 'orders'}, {'Arn': f'arn:aws:states:{BASE}:stateMachine:x'},
        {'Arn': queue('orders'), 'Input': '{'}, {'Arn': queue('orders'), 'InputPath': 'detail'},
        {'Arn': queue('orders'), 'Input': '1', 'InputPath': '$'},
        {'Arn': queue('orders'), 'KinesisParameters': {'PartitionKeyPath': '$.x'}},
        {'Arn': queue('orders'), 'RetryPolicy': {'MaximumRetryAttempts': 186}},
    ):
        refused('ValidationException', events.put_targets, Rule='large', Targets=[{'Id': '1', **target}])
    for wrong, member in [({'Id': 'a b'}, 'id'), ({'SqsParameters': {'MessageGroupId': 'x' * 101}}, 'sqsParameters.messageGroupId')]:
        both = [{'Id': '1', 'Arn': queue('orders')}, {'Id': '2', 'Arn': queue('orders'), **wrong}]
        error = refused('ValidationException', events.put_targets, Rule='large', Targets=both)
        assert f"'targets.2.member.{member}'" in error['Error']['Message'], error
    many = [{'Id': str(number), 'Arn': queue('orders')} for number in range(6)]
    refused('LimitExceededException', events.put_targets, Rule='large', Targets=many)
    refused('ValidationException', events.delete_rule, Name='large')


def sent():
    answer = events.put_events(Entries=[
        entry(), entry(Detail='{"total": 99}'), entry(Source='aws.s3'), entry(Detail='[]'), entry(DetailType=''),
        entry(DetailType='x' * 129),
    ])
    same(answer['FailedEntryCount'], 4)
    codes = [told.get('ErrorCode') for told in answer['Entries']]
    same(codes, [None, None, 'NotAuthorizedForSourceException', 'MalformedDetail', 'InvalidArgument', 'InvalidArgument'])
    event = json.loads(received('orders')[0])
    same(event['id'], answer['Entries'][0]['EventId'])
    same((event['source'], event['detail-type'], event['detail']['total']), ('shop', 'order', 120))
    same((event['version'], event['account'], event['region'], event['resources']), ('0', '000000000000', 'us-east-1', []))
    same(json.loads(received('large')[0]), {'who': 'a"b', 'text': 'a"b pays 120', 'rule': 'large'})

    refused('ValidationException', events.put_events, Entries=[entry() for _ in range(11)])
    refused('ValidationException', events.put_events, Entries=[entry(Resources=['x' * 2049])])
    refused('ValidationException', events.put_events, Entries=[entry(Detail=json.dumps({'x': 'y' * 1_048_576}))])
    same(events.put_events(Entries=[entry(Source='elsewhere', Detail=json.dumps({'x': 'y' * 900_000}))])['FailedEntryCount'], 0)
    lost = events.put_events(Entries=[entry(EventBusName='other')])
    same((lost['FailedEntryCount'], len(lost['Entries'][0]['EventId'])), (0, 36))


def patterns():
    event = json.dumps({
        'id': '1', 'account': 'x', 'source': 'shop', 'time': '2026-01-01T00:00:00Z', 'region': 'r',
        'resources': [], 'detail-type': 'order', 'detail': {'total': 5},
    })
    def matches(pattern):
        return events.test_event_pattern(EventPattern=pattern, Event=event)['Result']
    same(matches('{"source":["shop"]}'), True)
    same(matches('{"source":[{"prefix":"ware"}]}'), False)
    refused('InvalidEventPatternException', events.test_event_pattern, EventPattern='{"a":1}', Event=event)
    refused('ValidationException', events.test_event_pattern, EventPattern='{"a":[1]}', Event='{}')


def buses():
    same(events.describe_event_bus()['Arn'], BUS)
    same([bus['Name'] for bus in events.list_event_buses()['EventBuses']], ['default'])
    same(events.list_event_buses(NamePrefix='x')['EventBuses'], [])
    refused('ResourceNotFoundException', events.describe_event_bus, Name='other')


def gone():
    events.remove_targets(Rule='large', Ids=['orders', 'large', 'unknown'])
    same(events.list_targets_by_rule(Rule='large')['Targets'], [])
    events.delete_rule(Name='large')
    events.delete_rule(Name='large')
    refused('ResourceNotFoundException', events.describe_rule, Name='large')


def without_a_target():
    """A rule whose target was deleted can be changed, and stopped above all."""
    brief = sqs.create_queue(QueueName='brief')['QueueUrl']
    events.put_rule(Name='lasting', EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule='lasting', Targets=[{'Id': id, 'Arn': queue(id)} for id in ('brief', 'orders')])
    sqs.delete_queue(QueueUrl=brief)
    events.disable_rule(Name='lasting')
    events.tag_resource(ResourceARN=f'arn:aws:events:{BASE}:rule/lasting', Tags=[{'Key': 'x', 'Value': '1'}])
    events.enable_rule(Name='lasting')
    refused('ValidationException', events.put_targets, Rule='lasting', Targets=[{'Id': 'x', 'Arn': queue('nothing')}])
    events.remove_targets(Rule='lasting', Ids=['orders'])
    events.remove_targets(Rule='lasting', Ids=['brief'])
    events.delete_rule(Name='lasting')


rules()
targets()
sent()
patterns()
buses()
gone()
without_a_target()
