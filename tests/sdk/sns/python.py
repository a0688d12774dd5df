# JSON only
"""Every action of SNS, with queues, a function's event shape left to its own test, and an HTTP endpoint."""

import base64
import http.server
import json
import queue
import threading
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from asked import client, refused, same

sns = client('sns')
sqs = client('sqs')
ACCOUNT = '000000000000'


def arn(name):
    return f'arn:aws:sns:us-east-1:{ACCOUNT}:{name}'


def new_queue(name, **attributes):
    url = sqs.create_queue(QueueName=name, Attributes=attributes)['QueueUrl']
    return url, f'arn:aws:sqs:us-east-1:{ACCOUNT}:{name}'


def received(url, count=1):
    """So many messages, each deleted once it is seen."""
    messages = []
    while len(messages) < count:
        answer = sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=10, MaxNumberOfMessages=10, MessageAttributeNames=['All'],
            AttributeNames=['All'])
        assert 'Messages' in answer, f'{len(messages)} of {count} messages came'
        for message in answer['Messages']:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message['ReceiptHandle'])
        messages += answer['Messages']
    return messages


def nothing_in(url):
    assert 'Messages' not in sqs.receive_message(QueueUrl=url)


def verified(message):
    """Checks a message's signature as any receiver would, with the certificate that it names."""
    names = ('Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type')
    if message['Type'] != 'Notification':
        names = ('Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type')
    text = ''.join(f'{name}\n{message[name]}\n' for name in names if message.get(name) is not None)
    pem = urllib.request.urlopen(message['SigningCertURL']).read()
    algorithm = {'1': hashes.SHA1(), '2': hashes.SHA256()}[message['SignatureVersion']]
    key = x509.load_pem_x509_certificate(pem).public_key()
    key.verify(base64.b64decode(message['Signature']), text.encode(), padding.PKCS1v15(), algorithm)
    return message


def topics():
    news = sns.create_topic(Name='news', Attributes={'DisplayName': 'News'}, Tags=[{'Key': 'team', 'Value': 'blue'}])
    same(news['TopicArn'], arn('news'))
    same(sns.create_topic(Name='news')['TopicArn'], arn('news'))
    error = refused('InvalidParameter', sns.create_topic, Name='news', Attributes={'DisplayName': 'Olds'})
    same(error['Error']['Message'],
         'Invalid parameter: Attributes Reason: Topic already exists with different attributes')
    error = refused('InvalidParameter', sns.create_topic, Name='news', Tags=[{'Key': 'a', 'Value': 'b'}])
    same(error['Error']['Message'], 'Invalid parameter: Tags Reason: Topic already exists with different tags')
    for name in ('', 'a b', 'x' * 257, 'news.fifo'):
        refused('InvalidParameter', sns.create_topic, Name=name)
    refused('InvalidParameter', sns.create_topic, Name='news', Attributes={'FifoTopic': 'true'})
    refused('InvalidParameter', sns.create_topic, Name='a', Attributes={'Colour': 'red'})
    refused('InvalidParameter', sns.create_topic, Name='a', Attributes={'KmsMasterKeyId': 'alias/aws/sns'})
    error = refused('InvalidParameter', sns.create_topic, Name='a', DataProtectionPolicy='{}')
    assert 'DataProtectionPolicy' in error['Error']['Message'], error

    attributes = sns.get_topic_attributes(TopicArn=arn('news'))['Attributes']
    same((attributes['DisplayName'], attributes['Owner'], attributes['SubscriptionsConfirmed']), ('News', ACCOUNT, '0'))
    retries = json.loads(attributes['EffectiveDeliveryPolicy'])['http']['defaultHealthyRetryPolicy']
    same((retries['numRetries'], retries['minDelayTarget'], retries['backoffFunction']), (3, 20, 'linear'))
    same(json.loads(attributes['Policy'])['Statement'][0]['Sid'], '__default_statement_ID')
    sns.set_topic_attributes(TopicArn=arn('news'), AttributeName='DisplayName', AttributeValue='Late news')
    same(sns.get_topic_attributes(TopicArn=arn('news'))['Attributes']['DisplayName'], 'Late news')
    for name, value in [('Colour', 'red'), ('SignatureVersion', '3'), ('DeliveryPolicy', '{'),
                        ('ContentBasedDeduplication', 'true'), ('HTTPSuccessFeedbackRoleArn', 'x')]:
        refused('InvalidParameter', sns.set_topic_attributes,
                TopicArn=arn('news'), AttributeName=name, AttributeValue=value)

    error = refused('NotFound', sns.get_topic_attributes, TopicArn=arn('nothing'))
    same((error['Error']['Message'], error['ResponseMetadata']['HTTPStatusCode']), ('Topic does not exist', 404))
    error = refused('InvalidParameter', sns.get_topic_attributes, TopicArn='news')
    same(error['Error']['Message'], 'Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1')
    refused('AuthorizationError', sns.publish, TopicArn='arn:aws:sns:us-east-1:123456789012:news', Message='m')
    try:
        sns.publish(TopicArn=arn('nothing'), Message='m')
        raise AssertionError('accepted')
    except sns.exceptions.NotFoundException as error:
        assert error.response['ResponseMetadata']['RequestId'], error.response

    for number in range(105):
        sns.create_topic(Name=f'page-{number:03}')
    pages = [page['Topics'] for page in sns.get_paginator('list_topics').paginate()]
    same([len(page) for page in pages], [100, 6])
    refused('InvalidParameter', sns.list_topics, NextToken='?')
    for number in range(105):
        sns.delete_topic(TopicArn=arn(f'page-{number:03}'))
    sns.delete_topic(TopicArn=arn('nothing'))
    same(sns.list_topics()['Topics'], [{'TopicArn': arn('news')}])


def tags_and_permissions():
    of_news = {'ResourceArn': arn('news')}
    sns.tag_resource(**of_news, Tags=[{'Key': 'cost', 'Value': '7'}])
    sns.untag_resource(**of_news, TagKeys=['team'])
    same(sns.list_tags_for_resource(**of_news)['Tags'], [{'Key': 'cost', 'Value': '7'}])
    twice = [{'Key': 'a', 'Value': '1'}, {'Key': 'a', 'Value': '2'}]
    refused('InvalidParameter', sns.tag_resource, **of_news, Tags=twice)
    refused('ResourceNotFound', sns.list_tags_for_resource, ResourceArn=arn('nothing'))

    allowed = {'TopicArn': arn('news'), 'Label': 'friends', 'AWSAccountId': ['123456789012'], 'ActionName': ['Publish']}
    sns.add_permission(**allowed)
    refused('InvalidParameter', sns.add_permission, **allowed)
    refused('InvalidParameter', sns.add_permission, **{**allowed, 'Label': 'x', 'ActionName': ['Fly']})
    policy = json.loads(sns.get_topic_attributes(TopicArn=arn('news'))['Attributes']['Policy'])
    same([statement['Sid'] for statement in policy['Statement']], ['__default_statement_ID', 'friends'])
    same(policy['Statement'][1]['Principal'], {'AWS': 'arn:aws:iam::123456789012:root'})
    sns.remove_permission(TopicArn=arn('news'), Label='friends')
    policy = json.loads(sns.get_topic_attributes(TopicArn=arn('news'))['Attributes']['Policy'])
    same(len(policy['Statement']), 1)


def fan_out():
    one, one_arn = new_queue('one')
    two, two_arn = new_queue('two')
    subscribe = {'TopicArn': arn('news'), 'Protocol': 'sqs'}
    subscription = sns.subscribe(**subscribe, Endpoint=one_arn)['SubscriptionArn']
    assert subscription.startswith(arn('news') + ':'), subscription
    same(sns.subscribe(**subscribe, Endpoint=one_arn)['SubscriptionArn'], subscription)
    raw = sns.subscribe(**subscribe, Endpoint=two_arn, Attributes={'RawMessageDelivery': 'true'})['SubscriptionArn']
    same(sns.get_topic_attributes(TopicArn=arn('news'))['Attributes']['SubscriptionsConfirmed'], '2')

    attributes = {
        'kind': {'DataType': 'String', 'StringValue': 'sport'},
        'bytes': {'DataType': 'Binary', 'BinaryValue': b'\x02\x03\x04'},
    }
    published = sns.publish(TopicArn=arn('news'), Message='h\u00e9llo', Subject='H\u00e9', MessageAttributes=attributes)
    message = json.loads(received(one)[0]['Body'])
    same(list(message), ['Type', 'MessageId', 'TopicArn', 'Subject', 'Message', 'Timestamp', 'SignatureVersion',
                         'Signature', 'SigningCertURL', 'UnsubscribeURL', 'MessageAttributes'])
    same((message['Message'], message['Subject'], message['MessageId']), ('h\u00e9llo', 'H\u00e9', published['MessageId']))
    same(message['MessageAttributes'], {'kind': {'Type': 'String', 'Value': 'sport'},
                                        'bytes': {'Type': 'Binary', 'Value': 'AgME'}})
    same(verified(message)['SignatureVersion'], '1')
    message = received(two)[0]
    same(message['Body'], 'h\u00e9llo')
    same(message['MessageAttributes']['bytes']['BinaryValue'], b'\x02\x03\x04')

    sns.set_topic_attributes(TopicArn=arn('news'), AttributeName='SignatureVersion', AttributeValue='2')
    each = {'default': 'for all', 'sqs': 'for queues', 'email': 'for people'}
    sns.publish(TargetArn=arn('news'), Message=json.dumps(each), MessageStructure='json')
    message = verified(json.loads(received(one)[0]['Body']))
    same((message['Message'], message['SignatureVersion']), ('for queues', '2'))
    same(received(two)[0]['Body'], 'for queues')

    urllib.request.urlopen(message['UnsubscribeURL']).read()
    sns.unsubscribe(SubscriptionArn=subscription)
    refused('NotFound', sns.get_subscription_attributes, SubscriptionArn=subscription)
    same([one['SubscriptionArn'] for one in sns.list_subscriptions()['Subscriptions']], [raw])
    sns.publish(TopicArn=arn('news'), Message='again')
    same(received(two)[0]['Body'], 'again')
    nothing_in(one)
    sns.unsubscribe(SubscriptionArn=raw)


def bad_messages():
    publish = {'TopicArn': arn('news')}
    for message, error in [
        ({'Message': ''}, 'Invalid parameter: Empty message'),
        ({'Message': 'x' * 262145}, 'Invalid parameter: Message too long'),
        ({'Message': 'm', 'Subject': 'x' * 101}, 'Invalid parameter: Subject'),
        ({'Message': 'm', 'Subject': ''}, 'Invalid parameter: Subject'),
        ({'Message': 'm', 'Subject': 'two\nlines'}, 'Invalid parameter: Subject'),
        ({'Message': '{', 'MessageStructure': 'json'},
         'Invalid parameter: Message Structure - JSON message body failed to parse'),
        ({'Message': '{}', 'MessageStructure': 'json'},
         'Invalid parameter: Message Structure - No default entry in JSON message body'),
        ({'Message': 'm', 'MessageDeduplicationId': 'x'},
         'Invalid parameter: The request includes MessageDeduplicationId parameter that is not valid for this topic type'),
    ]:
        same(refused('InvalidParameter', sns.publish, **publish, **message)['Error']['Message'], error)
    refused('InvalidParameter', sns.publish, Message='m')
    refused('InvalidParameter', sns.publish, PhoneNumber='+41791234567', Message='m')
    for value in [{'DataType': 'String', 'StringValue': ''}, {'DataType': 'Text', 'StringValue': 'x'},
                  {'DataType': 'Binary', 'StringValue': 'x'}, {'DataType': 'Number', 'StringValue': 'x'}]:
        refused('ParameterValueInvalid', sns.publish, **publish, Message='m', MessageAttributes={'a': value})
    refused('ParameterValueInvalid', sns.publish, **publish, Message='m',
            MessageAttributes={'a b': {'DataType': 'String', 'StringValue': 'x'}})


def batches():
    url, queue_arn = new_queue('batches')
    sns.subscribe(TopicArn=arn('news'), Protocol='sqs', Endpoint=queue_arn, Attributes={'RawMessageDelivery': 'true'})
    entries = [{'Id': str(number), 'Message': f'm{number}'} for number in range(10)]
    answer = sns.publish_batch(TopicArn=arn('news'), PublishBatchRequestEntries=entries)
    same([one['Id'] for one in answer['Successful']], [entry['Id'] for entry in entries])
    same(answer['Failed'], [])
    same({message['Body'] for message in received(url, 10)}, {entry['Message'] for entry in entries})
    for code, entries in [
        ('TooManyEntriesInBatchRequest', [{'Id': str(number), 'Message': 'm'} for number in range(11)]),
        ('BatchEntryIdsNotDistinct', [{'Id': 'a', 'Message': '1'}, {'Id': 'a', 'Message': '2'}]),
        ('InvalidBatchEntryId', [{'Id': 'a b', 'Message': '1'}]),
        ('EmptyBatchRequest', []),
        ('InvalidParameter', [{'Id': 'a', 'Message': 'good'}, {'Id': 'b', 'Message': ''}]),
        ('BatchRequestTooLong', [{'Id': str(number), 'Message': 'x' * 100_000} for number in range(3)]),
    ]:
        refused(code, sns.publish_batch, TopicArn=arn('news'), PublishBatchRequestEntries=entries)
    nothing_in(url)


def filters():
    url, queue_arn = new_queue('filtered')
    policy = {'kind': [{'prefix': 'sp'}, {'anything-but': ['art']}], 'size': [{'numeric': ['>', 1]}]}
    subscribe = {'TopicArn': arn('news'), 'Protocol': 'sqs', 'Endpoint': queue_arn}
    subscription = sns.subscribe(
        **subscribe, Attributes={'FilterPolicy': json.dumps(policy), 'RawMessageDelivery': 'true'})['SubscriptionArn']
    # Only what is given has to be as it is, by default or not.
    for given in (None, {}, {'RawMessageDelivery': 'true'}, {'FilterPolicyScope': 'MessageAttributes'},
                  {'FilterPolicy': json.dumps(policy)}):
        again = subscribe if given is None else {**subscribe, 'Attributes': given}
        same(sns.subscribe(**again)['SubscriptionArn'], subscription)
    for given in ({'RawMessageDelivery': 'false'}, {'FilterPolicyScope': 'MessageBody'}, {'FilterPolicy': '{}'},
                  {'RedrivePolicy': json.dumps({'deadLetterTargetArn': queue_arn})}):
        error = refused('InvalidParameter', sns.subscribe, **subscribe, Attributes=given)
        same(error['Error']['Message'],
             'Invalid parameter: Attributes Reason: Subscription already exists with different attributes')

    def publish(message, kind, size):
        sns.publish(TopicArn=arn('news'), Message=message, MessageAttributes={
            'kind': {'DataType': 'String', 'StringValue': kind}, 'size': {'DataType': 'Number', 'StringValue': size}})

    publish('wanted', 'sport', '2')
    publish('small', 'sport', '1')
    publish('art', 'art', '2')
    sns.publish(TopicArn=arn('news'), Message='without')
    same(received(url)[0]['Body'], 'wanted')
    nothing_in(url)

    change = {'SubscriptionArn': subscription, 'AttributeName': 'FilterPolicy'}
    for policy, message in [
        ('{"key":[["value"]]}', 'FilterPolicy: Match value must be String, number, true, false, or null\n'
         ' at [Source: (String)"{"key":[["value"]]}"; line: 1, column: 10]'),
        ('{"a":[{"numeric":[">",3,"<",1]}]}', 'FilterPolicy: Bottom must be less than top\n'
         ' at [Source: (String)"{"a":[{"numeric":[">",3,"<",1]}]}"; line: 1, column: 31]'),
        ('{"a":[%s]}' % ','.join(['1'] * 151), 'FilterPolicy: Filter policy is too complex'),
        ('{"a":{"b":[1]}}', 'Filter policy scope MessageAttributes does not support nested filter policy'),
        (json.dumps({name: [1] for name in 'abcdef'}), 'FilterPolicy: Filter policy can not have more than 5 keys'),
    ]:
        error = refused('InvalidParameter', sns.set_subscription_attributes, **change, AttributeValue=policy)
        same(error['Error']['Message'], f'Invalid parameter: {message}')
    error = refused('InvalidParameter', sns.subscribe, **{**subscribe, 'Endpoint': queue_arn + '2'},
                    Attributes={'FilterPolicy': '{"key":{"suffix":"value"}}'})
    assert error['Error']['Message'].startswith(
        'Invalid parameter: Attributes Reason: FilterPolicy: "suffix" must be an object or an array'), error

    def set_to(name, value):
        sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName=name, AttributeValue=value)

    set_to('FilterPolicy', '')
    set_to('FilterPolicyScope', 'MessageBody')
    set_to('FilterPolicy', json.dumps({'order': {'state': ['paid'], 'lines': {'sku': ['a']}}}))
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription)['Attributes']
    same((attributes['FilterPolicyScope'], attributes['RawMessageDelivery'], attributes['PendingConfirmation']),
         ('MessageBody', 'true', 'false'))
    for state, sku in [('open', 'a'), ('paid', 'b'), ('paid', 'a')]:
        order = {'order': {'state': state, 'lines': [{'sku': 'x'}, {'sku': sku}]}}
        sns.publish(TopicArn=arn('news'), Message=json.dumps(order))
    sns.publish(TopicArn=arn('news'), Message='no JSON')
    same(json.loads(received(url)[0]['Body'])['order']['lines'][1]['sku'], 'a')
    nothing_in(url)

    for name, value in [('RawMessageDelivery', 'perhaps'), ('Colour', 'red'), ('FilterPolicyScope', 'Everything'),
                        ('RedrivePolicy', '{"deadLetterTargetArn":"x"}'), ('RedrivePolicy', '{'), ('DeliveryPolicy', '{}')]:
        refused('InvalidParameter', sns.set_subscription_attributes,
                SubscriptionArn=subscription, AttributeName=name, AttributeValue=value)
    refused('NotFound', sns.set_subscription_attributes, SubscriptionArn=arn('news:nothing'),
            AttributeName='RawMessageDelivery', AttributeValue='true')
    for protocol, endpoint in [('pigeon', 'x'), ('sms', '+41791234567'), ('sqs', 'jobs'), ('lambda', queue_arn),
                               ('http', 'https://example.com'), ('https', 'example.com'), ('email', 'nobody')]:
        refused('InvalidParameter', sns.subscribe, TopicArn=arn('news'), Protocol=protocol, Endpoint=endpoint)


def dead_letters():
    url, dead_arn = new_queue('dead')
    nowhere = f'arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere'
    subscription = sns.subscribe(TopicArn=arn('news'), Protocol='sqs', Endpoint=nowhere, Attributes={
        'RedrivePolicy': json.dumps({'deadLetterTargetArn': dead_arn})})['SubscriptionArn']
    sns.publish(TopicArn=arn('news'), Message='lost?')
    same(json.loads(received(url)[0]['Body'])['Message'], 'lost?')
    sns.unsubscribe(SubscriptionArn=subscription)


def in_order():
    url, queue_arn = new_queue('ordered.fifo', FifoQueue='true')
    topic = sns.create_topic(Name='ordered.fifo', Attributes={'FifoTopic': 'true'})['TopicArn']
    refused('InvalidParameter', sns.subscribe, TopicArn=arn('news'), Protocol='sqs', Endpoint=queue_arn)
    refused('InvalidParameter', sns.subscribe, TopicArn=topic, Protocol='http', Endpoint='http://127.0.0.1:1/')
    sns.subscribe(TopicArn=topic, Protocol='sqs', Endpoint=queue_arn)
    refused('InvalidParameter', sns.publish, TopicArn=topic, Message='m')
    refused('InvalidParameter', sns.publish, TopicArn=topic, Message='m', MessageGroupId='g')
    numbers = []
    for number in range(5):
        publish = {'TopicArn': topic, 'Message': f'm{number}', 'MessageGroupId': 'g', 'MessageDeduplicationId': f'd{number}'}
        first = sns.publish(**publish)
        again = sns.publish(**{**publish, 'Message': 'another'})
        same((again['MessageId'], again['SequenceNumber']), (first['MessageId'], first['SequenceNumber']))
        numbers.append(first['SequenceNumber'])
    same(sorted(numbers), numbers)
    same(len(numbers[0]), 20)
    sns.set_topic_attributes(TopicArn=topic, AttributeName='ContentBasedDeduplication', AttributeValue='true')
    entries = [{'Id': str(number), 'Message': f'm{number}', 'MessageGroupId': 'g'} for number in (5, 5, 6)]
    entries[1]['Id'] = 'twice'
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    same(len({one['MessageId'] for one in answer['Successful']}), 2)
    messages = received(url, 7)
    bodies = [json.loads(message['Body']) for message in messages]
    same([body['Message'] for body in bodies], [f'm{number}' for number in range(7)])
    same([body['SequenceNumber'] for body in bodies[:5]], numbers)
    same(messages[0]['Attributes']['MessageGroupId'], 'g')
    nothing_in(url)


class Endpoint(http.server.BaseHTTPRequestHandler):
    requests = queue.Queue()
    answers = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length'])).decode()
        status = 200 if self.answers.empty() else self.answers.get()
        self.send_response(status)
        self.send_header('Content-Length', '0')
        self.end_headers()
        self.requests.put((dict(self.headers), body))

    def log_message(self, *_):
        pass


def over_http():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_port}/hook'
    topic = sns.create_topic(Name='hooks')['TopicArn']
    policy = {'healthyRetryPolicy': {'numRetries': 3, 'numNoDelayRetries': 3, 'minDelayTarget': 1, 'maxDelayTarget': 1}}
    subscribe = {'TopicArn': topic, 'Protocol': 'http', 'Endpoint': url}
    answer = sns.subscribe(**subscribe, Attributes={'DeliveryPolicy': json.dumps(policy)})
    same(answer['SubscriptionArn'], 'pending confirmation')
    same(sns.list_subscriptions_by_topic(TopicArn=topic)['Subscriptions'][0]['SubscriptionArn'], 'PendingConfirmation')
    same(sns.get_topic_attributes(TopicArn=topic)['Attributes']['SubscriptionsPending'], '1')

    headers, body = Endpoint.requests.get(timeout=60)
    same(headers['x-amz-sns-message-type'], 'SubscriptionConfirmation')
    asked = verified(json.loads(body))
    sns.publish(TopicArn=topic, Message='too early')
    refused('InvalidParameter', sns.confirm_subscription, TopicArn=topic, Token='x')
    refused('InvalidParameter', sns.confirm_subscription, TopicArn=topic, Token='0' * 80)
    answer = urllib.request.urlopen(asked['SubscribeURL']).read().decode()
    subscription = answer.split('<SubscriptionArn>')[1].split('<')[0]
    assert subscription.startswith(topic + ':'), answer
    effective = sns.get_subscription_attributes(SubscriptionArn=subscription)['Attributes']['EffectiveDeliveryPolicy']
    same(json.loads(effective)['healthyRetryPolicy']['numNoDelayRetries'], 3)

    for status in (500, 503, 429):
        Endpoint.answers.put(status)
    published = sns.publish(TopicArn=topic, Message='hello', Subject='hi')
    seen = [Endpoint.requests.get(timeout=60) for _ in range(4)]
    headers, body = seen[3]
    same({name: headers[name] for name in headers if name.startswith('x-amz-sns')}, {
        'x-amz-sns-message-type': 'Notification', 'x-amz-sns-message-id': published['MessageId'],
        'x-amz-sns-topic-arn': topic, 'x-amz-sns-subscription-arn': subscription})
    same(headers['content-type'], 'text/plain; charset=UTF-8')
    same(verified(json.loads(body))['Message'], 'hello')

    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName='RawMessageDelivery', AttributeValue='true')
    sns.publish(TopicArn=topic, Message='raw')
    headers, body = Endpoint.requests.get(timeout=60)
    same((headers['x-amz-sns-rawdelivery'], body), ('true', 'raw'))

    dead, dead_arn = new_queue('unheard')
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName='RedrivePolicy',
                                    AttributeValue=json.dumps({'deadLetterTargetArn': dead_arn}))
    Endpoint.answers.put(404)
    sns.publish(TopicArn=topic, Message='unheard')
    same(received(dead)[0]['Body'], 'unheard')
    Endpoint.requests.get(timeout=60)

    sns.unsubscribe(SubscriptionArn=subscription)
    headers, body = Endpoint.requests.get(timeout=60)
    same(headers['x-amz-sns-message-type'], 'UnsubscribeConfirmation')
    verified(json.loads(body))
    sns.delete_topic(TopicArn=topic)


topics()
tags_and_permissions()
fan_out()
bad_messages()
batches()
filters()
dead_letters()
in_order()
over_http()
