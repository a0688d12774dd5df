# JSON only
"""Every action on event source mappings, and messages that go through one."""

from asked import client, refused, same

functions = client('lambda')
sqs = client('sqs')
BASE = 'us-east-1:000000000000'
JOBS = f'arn:aws:sqs:{BASE}:jobs'
WORK = f'arn:aws:lambda:{BASE}:function:work'


def make(**settings):
    settings.setdefault('EventSourceArn', JOBS)
    settings.setdefault('FunctionName', 'work')
    return functions.create_event_source_mapping(**settings)


def url(name):
    return sqs.get_queue_url(QueueName=name)['QueueUrl']


def settings():
    filters = {'Filters': [{'Pattern': '{"body":[{"anything-but":"dull"}]}'}]}
    made = make(
        BatchSize=100, MaximumBatchingWindowInSeconds=1, FilterCriteria=filters, Enabled=False,
        FunctionResponseTypes=['ReportBatchItemFailures'], ScalingConfig={'MaximumConcurrency': 2})
    same(made['ResponseMetadata']['HTTPStatusCode'], 202)
    same(made['State'], 'Creating')
    seen = functions.get_event_source_mapping(UUID=made['UUID'])
    for name, expected in {
        'State': 'Disabled', 'BatchSize': 100, 'MaximumBatchingWindowInSeconds': 1, 'EventSourceArn': JOBS,
        'FunctionArn': WORK, 'FilterCriteria': filters, 'FunctionResponseTypes': ['ReportBatchItemFailures'],
        'ScalingConfig': {'MaximumConcurrency': 2},
        'EventSourceMappingArn': f'arn:aws:lambda:{BASE}:event-source-mapping:{made["UUID"]}',
    }.items():
        same(seen[name], expected)
    same(refused('ResourceConflictException', make)['ResponseMetadata']['HTTPStatusCode'], 409)
    make(EventSourceArn=JOBS + '.fifo', FunctionName=WORK)
    pages = list(functions.get_paginator('list_event_source_mappings').paginate(PaginationConfig={'PageSize': 1}))
    same([len(page['EventSourceMappings']) for page in pages], [1, 1])
    named = functions.list_event_source_mappings(EventSourceArn=JOBS, FunctionName='work')['EventSourceMappings']
    same([mapping['UUID'] for mapping in named], [made['UUID']])
    return made['UUID']


def refusals(identifier):
    invalid = 'InvalidParameterValueException'
    refused(invalid, make, EventSourceArn=f'arn:aws:sqs:{BASE}:nothing')
    refused(invalid, make, EventSourceArn=f'arn:aws:kinesis:{BASE}:stream/x')
    refused('ResourceNotFoundException', make, FunctionName='nothing')
    refused('ValidationException', make, FunctionName='work', BatchSize=10_001, MaximumBatchingWindowInSeconds=1)
    refused(invalid, make, BatchSize=11)
    refused(invalid, make, EventSourceArn=JOBS + '.fifo', BatchSize=11, MaximumBatchingWindowInSeconds=1)
    refused('ValidationException', make, ScalingConfig={'MaximumConcurrency': 1001})
    refused(invalid, make, FilterCriteria={'Filters': [{'Pattern': '{"body":1}'}]})
    refused(invalid, make, StartingPosition='LATEST')
    for call in (functions.get_event_source_mapping, functions.delete_event_source_mapping, functions.update_event_source_mapping):
        same(refused('ResourceNotFoundException', call, UUID='00000000-0000-4000-8000-000000000000')['ResponseMetadata']['HTTPStatusCode'], 404)
    refused(invalid, functions.update_event_source_mapping, UUID=identifier, BatchSize=11, MaximumBatchingWindowInSeconds=0)


def messages(identifier):
    same(functions.update_event_source_mapping(UUID=identifier, Enabled=True)['State'], 'Updating')
    same(functions.get_event_source_mapping(UUID=identifier)['State'], 'Enabled')
    for body in ('good', 'dull', 'bad'):
        sqs.send_message(QueueUrl=url('jobs'), MessageBody=body)
    # What the function reports comes back once, and then goes to the dead letters; nothing else does.
    letter = sqs.receive_message(QueueUrl=url('dead'), WaitTimeSeconds=20)['Messages']
    same([message['Body'] for message in letter], ['bad'])
    left = sqs.get_queue_attributes(QueueUrl=url('jobs'), AttributeNames=['All'])['Attributes']
    same((left['ApproximateNumberOfMessages'], left['ApproximateNumberOfMessagesNotVisible']), ('0', '0'))
    same(functions.delete_event_source_mapping(UUID=identifier)['State'], 'Deleting')
    refused('ResourceNotFoundException', functions.get_event_source_mapping, UUID=identifier)


made = settings()
refusals(made)
messages(made)
