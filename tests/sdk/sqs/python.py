"""Every action of SQS. boto3 itself compares the MD5 sums of bodies and attributes."""

import json
import threading

from asked import SPEAKS_QUERY, client, refused, same

sqs = client('sqs')
ACCOUNT = '000000000000'




def arn(name):
    return f'arn:aws:sqs:us-east-1:{ACCOUNT}:{name}'


def received(url, **options):
    return sqs.receive_message(QueueUrl=url, **options).get('Messages', [])


def attributes(url, *names):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))['Attributes']


def queues():
    jobs = sqs.create_queue(QueueName='jobs', Attributes={'VisibilityTimeout': '0'}, tags={'team': 'blue'})
    url = jobs['QueueUrl']
    assert url.endswith(f'/{ACCOUNT}/jobs'), url
    # The same again is the same queue; another is not.
    same(sqs.create_queue(QueueName='jobs', Attributes={'VisibilityTimeout': '0'})['QueueUrl'], url)
    same(sqs.create_queue(QueueName='jobs')['QueueUrl'], url)
    refused('QueueAlreadyExists', sqs.create_queue, QueueName='jobs', Attributes={'VisibilityTimeout': '1'})
    same(sqs.get_queue_url(QueueName='jobs')['QueueUrl'], url)

    missing = 'AWS.SimpleQueueService.NonExistentQueue'
    refused(missing, sqs.get_queue_url, QueueName='nothing')
    refused(missing, sqs.send_message, QueueUrl=url + 's', MessageBody='x')
    refused('InvalidAddress', sqs.send_message, QueueUrl='jobs', MessageBody='x')
    # The exception has the name of today.
    try:
        sqs.get_queue_url(QueueName='nothing')
    except sqs.exceptions.QueueDoesNotExist as error:
        same(error.response['ResponseMetadata']['HTTPStatusCode'], 400)
        assert error.response['ResponseMetadata']['RequestId'], error.response

    for name in ('', 'a b', 'x' * 81, 'jobs.lifo', 'jobs.fifo'):
        refused('InvalidParameterValue', sqs.create_queue, QueueName=name)
    refused('InvalidAttributeName', sqs.create_queue, QueueName='a', Attributes={'Colour': 'red'})
    refused('InvalidAttributeValue', sqs.create_queue, QueueName='a', Attributes={'DelaySeconds': '901'})
    unsupported = 'AWS.SimpleQueueService.UnsupportedOperation'
    refused(unsupported, sqs.create_queue, QueueName='a', Attributes={'KmsMasterKeyId': 'alias/aws/sqs'})

    names = [f'list-{number}' for number in range(5)]
    for name in names:
        sqs.create_queue(QueueName=name)
    pages = list(sqs.get_paginator('list_queues').paginate(
        QueueNamePrefix='list-', PaginationConfig={'PageSize': 2}))
    same([len(page['QueueUrls']) for page in pages], [2, 2, 1])
    same([url.rsplit('/', 1)[1] for page in pages for url in page['QueueUrls']], names)
    assert 'QueueUrls' not in sqs.list_queues(QueueNamePrefix='nothing')
    refused('InvalidParameterValue', sqs.list_queues, MaxResults=1001)
    refused('InvalidParameterValue', sqs.list_queues, MaxResults=1, NextToken='?')
    for name in names:
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)['QueueUrl'])
    assert 'QueueUrls' not in sqs.list_queues(QueueNamePrefix='list-')
    return url


def settings(url):
    all_of_them = attributes(url, 'All')
    same(all_of_them['QueueArn'], arn('jobs'))
    same(all_of_them['VisibilityTimeout'], '0')
    same(all_of_them['ApproximateNumberOfMessages'], '0')
    assert 'FifoQueue' not in all_of_them
    same(attributes(url, 'DelaySeconds'), {'DelaySeconds': '0'})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={'DelaySeconds': '3', 'MaximumMessageSize': '2048'})
    same(attributes(url, 'DelaySeconds', 'MaximumMessageSize'),
         {'DelaySeconds': '3', 'MaximumMessageSize': '2048'})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={'DelaySeconds': '0'})
    refused('InvalidAttributeName', sqs.get_queue_attributes, QueueUrl=url, AttributeNames=['Colour'])
    refused('InvalidAttributeValue', sqs.set_queue_attributes, QueueUrl=url,
            Attributes={'MaximumMessageSize': '1'})

    same(sqs.list_queue_tags(QueueUrl=url)['Tags'], {'team': 'blue'})
    sqs.tag_queue(QueueUrl=url, Tags={'cost': '7', 'team': 'red'})
    sqs.untag_queue(QueueUrl=url, TagKeys=['cost'])
    same(sqs.list_queue_tags(QueueUrl=url)['Tags'], {'team': 'red'})

    sqs.add_permission(QueueUrl=url, Label='send', AWSAccountIds=['123456789012'], Actions=['SendMessage'])
    policy = json.loads(attributes(url, 'Policy')['Policy'])
    same(policy['Statement'], [{
        'Sid': 'send', 'Effect': 'Allow', 'Principal': {'AWS': 'arn:aws:iam::123456789012:root'},
        'Action': 'SQS:SendMessage', 'Resource': arn('jobs')}])
    refused('InvalidParameterValue', sqs.add_permission, QueueUrl=url, Label='send',
            AWSAccountIds=['123456789012'], Actions=['*'])
    refused('OverLimit', sqs.add_permission, QueueUrl=url, Label='many', AWSAccountIds=['123456789012'],
            Actions=['SendMessage'] * 8)
    sqs.remove_permission(QueueUrl=url, Label='send')
    refused('InvalidParameterValue', sqs.remove_permission, QueueUrl=url, Label='send')
    same(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=['Policy']).get('Attributes'), None)


def messages(url):
    body = 'a <body> & "more" \u00e9\u4e2d\U0001f30a\r\n\ttab'
    given = {
        'text': {'DataType': 'String', 'StringValue': 'x & y'},
        'trace.id': {'DataType': 'Number.int', 'StringValue': '42'},
        'bytes': {'DataType': 'Binary', 'BinaryValue': bytes(range(256))},
    }
    trace = 'Root=1-5e272390-8c398be037738dc042009320'
    sent = sqs.send_message(
        QueueUrl=url, MessageBody=body, MessageAttributes=given,
        MessageSystemAttributes={'AWSTraceHeader': {'DataType': 'String', 'StringValue': trace}})
    assert sent['MD5OfMessageAttributes'] and sent['MD5OfMessageSystemAttributes'], sent

    [plain] = received(url)
    same((plain['Body'], plain['MessageId']), (body, sent['MessageId']))
    assert 'Attributes' not in plain and 'MessageAttributes' not in plain, plain
    [whole] = received(url, AttributeNames=['All'], MessageAttributeNames=['All'])
    same(whole['MessageAttributes'], given)
    same(whole['MD5OfMessageAttributes'], sent['MD5OfMessageAttributes'])
    same(whole['Attributes']['ApproximateReceiveCount'], '2')
    same(whole['Attributes']['AWSTraceHeader'], trace)
    same(whole['Attributes']['SenderId'], ACCOUNT)
    assert int(whole['Attributes']['SentTimestamp']) <= int(whole['Attributes']['ApproximateFirstReceiveTimestamp'])
    [part] = received(url, MessageAttributeNames=['trace.*', 'nothing'], AttributeNames=['SenderId'])
    same(list(part['MessageAttributes']), ['trace.id'])
    same(list(part['Attributes']), ['SenderId'])
    if not SPEAKS_QUERY:
        [newer] = received(url, MessageSystemAttributeNames=['SentTimestamp'])
        same(list(newer['Attributes']), ['SentTimestamp'])
    refused('InvalidAttributeName', received, url=url, AttributeNames=['Colour'])

    # In flight it is hidden, until its timeout is changed.
    [hidden] = received(url, VisibilityTimeout=600)
    same(received(url), [])
    same(attributes(url, 'ApproximateNumberOfMessagesNotVisible'),
         {'ApproximateNumberOfMessagesNotVisible': '1'})
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=hidden['ReceiptHandle'], VisibilityTimeout=0)
    [shown] = received(url, VisibilityTimeout=600)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=shown['ReceiptHandle'])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=shown['ReceiptHandle'])
    same(attributes(url, 'ApproximateNumberOfMessages'), {'ApproximateNumberOfMessages': '0'})
    refused('ReceiptHandleIsInvalid', sqs.delete_message, QueueUrl=url, ReceiptHandle='nothing')
    refused('ReceiptHandleIsInvalid', sqs.change_message_visibility, QueueUrl=url, ReceiptHandle='nothing',
            VisibilityTimeout=1)
    refused('InvalidParameterValue', sqs.change_message_visibility, QueueUrl=url,
            ReceiptHandle=shown['ReceiptHandle'], VisibilityTimeout=1)


def bad_messages(url):
    send = sqs.send_message
    refused('InvalidMessageContents', send, QueueUrl=url, MessageBody='bell \u0007')
    refused('MissingParameter', send, QueueUrl=url, MessageBody='')
    refused('InvalidParameterValue', send, QueueUrl=url, MessageBody='x' * 2049)
    refused('InvalidParameterValue', send, QueueUrl=url, MessageBody='x', DelaySeconds=901)
    refused('InvalidParameterValue', send, QueueUrl=url, MessageBody='x', DelaySeconds=-1)
    refused('InvalidParameterValue', send, QueueUrl=url, MessageBody='x', MessageDeduplicationId='1')
    for name, value in {
        'AWS.trace': {'DataType': 'String', 'StringValue': 'x'},
        'a..b': {'DataType': 'String', 'StringValue': 'x'},
        'empty': {'DataType': 'String', 'StringValue': ''},
        'kind': {'DataType': 'Object', 'StringValue': 'x'},
        'none': {'DataType': 'String'},
        'number': {'DataType': 'Number', 'StringValue': 'many'},
    }.items():
        refused('InvalidParameterValue', send, QueueUrl=url, MessageBody='x', MessageAttributes={name: value})
    many = {f'a{n}': {'DataType': 'String', 'StringValue': 'x'} for n in range(11)}
    refused('InvalidParameterValue', send, QueueUrl=url, MessageBody='x', MessageAttributes=many)
    for bad in ({'MaxNumberOfMessages': 11}, {'MaxNumberOfMessages': 0}, {'WaitTimeSeconds': 21},
                {'VisibilityTimeout': 43201}, {'VisibilityTimeout': -1}):
        refused('InvalidParameterValue', received, url=url, **bad)
    same(attributes(url, 'ApproximateNumberOfMessages'), {'ApproximateNumberOfMessages': '0'})


def batches(url):
    prefix = 'AWS.SimpleQueueService.'
    send = sqs.send_message_batch
    answer = send(QueueUrl=url, Entries=[
        {'Id': 'one', 'MessageBody': '1', 'MessageAttributes': {'n': {'DataType': 'String', 'StringValue': 'x'}}},
        {'Id': 'two', 'MessageBody': '\u0000' if not SPEAKS_QUERY else '\u0001'},
        {'Id': 'three', 'MessageBody': '3', 'DelaySeconds': 900},
    ])
    same([entry['Id'] for entry in answer['Successful']], ['one', 'three'])
    [failed] = answer['Failed']
    same((failed['Id'], failed['Code'], failed['SenderFault']), ('two', 'InvalidMessageContents', True))
    same(attributes(url, 'ApproximateNumberOfMessagesDelayed'), {'ApproximateNumberOfMessagesDelayed': '1'})

    refused(prefix + 'EmptyBatchRequest', send, QueueUrl=url, Entries=[])
    eleven = [{'Id': str(n), 'MessageBody': 'x'} for n in range(11)]
    refused(prefix + 'TooManyEntriesInBatchRequest', send, QueueUrl=url, Entries=eleven)
    twice = [{'Id': 'a', 'MessageBody': 'x'}] * 2
    refused(prefix + 'BatchEntryIdsNotDistinct', send, QueueUrl=url, Entries=twice)
    refused(prefix + 'InvalidBatchEntryId', send, QueueUrl=url, Entries=[{'Id': 'a b', 'MessageBody': 'x'}])
    large = [{'Id': str(n), 'MessageBody': 'x' * 200_000} for n in range(6)]
    refused(prefix + 'BatchRequestTooLong', send, QueueUrl=url, Entries=large)

    [one] = received(url, MaxNumberOfMessages=10, VisibilityTimeout=600)
    handles = [{'Id': 'good', 'ReceiptHandle': one['ReceiptHandle']}, {'Id': 'bad', 'ReceiptHandle': 'x'}]
    changed = sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{**handle, 'VisibilityTimeout': 60} for handle in handles])
    same([entry['Id'] for entry in changed['Successful']], ['good'])
    same([(entry['Id'], entry['Code']) for entry in changed['Failed']], [('bad', 'ReceiptHandleIsInvalid')])
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=handles)
    same([entry['Id'] for entry in deleted['Successful']], ['good'])
    same([(entry['Id'], entry['Code']) for entry in deleted['Failed']], [('bad', 'ReceiptHandleIsInvalid')])
    refused(prefix + 'EmptyBatchRequest', sqs.delete_message_batch, QueueUrl=url, Entries=[])

    sqs.purge_queue(QueueUrl=url)
    same(attributes(url, 'ApproximateNumberOfMessagesDelayed'), {'ApproximateNumberOfMessagesDelayed': '0'})
    refused(prefix + 'PurgeQueueInProgress', sqs.purge_queue, QueueUrl=url)


def long_polls(url):
    """A receive waits for a message that is sent meanwhile."""
    found = []
    waiting = threading.Thread(target=lambda: found.extend(
        client('sqs').receive_message(QueueUrl=url, WaitTimeSeconds=20).get('Messages', [])))
    waiting.start()
    sqs.send_message(QueueUrl=url, MessageBody='awaited')
    waiting.join()
    same([message['Body'] for message in found], ['awaited'])
    sqs.delete_queue(QueueUrl=url)
    refused('AWS.SimpleQueueService.NonExistentQueue', received, url=url)


def dead_letters():
    dead = sqs.create_queue(QueueName='dead')['QueueUrl']
    policy = {'deadLetterTargetArn': arn('dead'), 'maxReceiveCount': 2}
    source = sqs.create_queue(
        QueueName='source', Attributes={'VisibilityTimeout': '0', 'RedrivePolicy': json.dumps(policy)})['QueueUrl']
    same(json.loads(attributes(source, 'RedrivePolicy')['RedrivePolicy']), policy)
    same(sqs.list_dead_letter_source_queues(QueueUrl=dead)['queueUrls'], [source])
    same(sqs.list_dead_letter_source_queues(QueueUrl=source).get('queueUrls', []), [])
    for wrong in ('{', '{}', {**policy, 'maxReceiveCount': 0}, {**policy, 'deadLetterTargetArn': arn('nothing')}):
        text = wrong if isinstance(wrong, str) else json.dumps(wrong)
        refused('InvalidParameterValue', sqs.create_queue, QueueName='wrong', Attributes={'RedrivePolicy': text})

    sqs.send_message(QueueUrl=source, MessageBody='poison')
    for _ in range(2):
        same(len(received(source)), 1)
    same(received(source), [])
    [letter] = received(dead, AttributeNames=['All'], VisibilityTimeout=0)
    same((letter['Body'], letter['Attributes']['DeadLetterQueueSourceArn']), ('poison', arn('source')))
    move_back(dead, source)


def move_back(dead, source):
    """Dead letters return to where they came from."""
    task = sqs.start_message_move_task(SourceArn=arn('dead'))['TaskHandle']
    while True:
        [told] = sqs.list_message_move_tasks(SourceArn=arn('dead'))['Results']
        if told['Status'] != 'RUNNING':
            break
    same((told['Status'], told['ApproximateNumberOfMessagesMoved'], told['SourceArn']), ('COMPLETED', 1, arn('dead')))
    same(received(dead), [])
    same([message['Body'] for message in received(source)], ['poison'])
    refused('InvalidParameterValue', sqs.cancel_message_move_task, TaskHandle=task)
    refused('ResourceNotFoundException', sqs.start_message_move_task, SourceArn=arn('nothing'))
    # One that takes its time can be ended.
    for body in ('1', '2', '3'):
        sqs.send_message(QueueUrl=dead, MessageBody=body)
    task = sqs.start_message_move_task(
        SourceArn=arn('dead'), DestinationArn=arn('source'), MaxNumberOfMessagesPerSecond=1)['TaskHandle']
    assert sqs.cancel_message_move_task(TaskHandle=task)['ApproximateNumberOfMessagesMoved'] < 3
    without_dead_letters(dead, source)


def without_dead_letters(dead, source):
    """Whose dead-letter queue was deleted can be changed in everything else."""
    sqs.delete_queue(QueueUrl=dead)
    sqs.set_queue_attributes(QueueUrl=source, Attributes={'VisibilityTimeout': '1'})
    sqs.tag_queue(QueueUrl=source, Tags={'team': 'blue'})
    sqs.untag_queue(QueueUrl=source, TagKeys=['team'])
    sqs.add_permission(QueueUrl=source, Label='send', AWSAccountIds=['123456789012'], Actions=['SendMessage'])
    policy = attributes(source, 'RedrivePolicy')
    refused('InvalidParameterValue', sqs.set_queue_attributes, QueueUrl=source, Attributes=policy)
    sqs.set_queue_attributes(QueueUrl=source, Attributes={'RedrivePolicy': ''})


def fifo():
    url = sqs.create_queue(
        QueueName='orders.fifo', Attributes={'FifoQueue': 'true', 'ContentBasedDeduplication': 'true'})['QueueUrl']
    first = sqs.send_message(QueueUrl=url, MessageBody='1', MessageGroupId='a')
    again = sqs.send_message(QueueUrl=url, MessageBody='1', MessageGroupId='a')
    same((again['MessageId'], again['SequenceNumber']), (first['MessageId'], first['SequenceNumber']))
    second = sqs.send_message(QueueUrl=url, MessageBody='2', MessageGroupId='a', MessageDeduplicationId='x')
    assert first['SequenceNumber'] < second['SequenceNumber']
    refused('MissingParameter', sqs.send_message, QueueUrl=url, MessageBody='3')
    [message] = received(url, AttributeNames=['All'])
    same((message['Body'], message['Attributes']['MessageGroupId']), ('1', 'a'))
    # Its group waits for it.
    same(received(url), [])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message['ReceiptHandle'])
    [message] = received(url, AttributeNames=['All'])
    same((message['Body'], message['Attributes']['MessageDeduplicationId']), ('2', 'x'))


jobs = queues()
settings(jobs)
messages(jobs)
bad_messages(jobs)
batches(jobs)
long_polls(jobs)
dead_letters()
fifo()
