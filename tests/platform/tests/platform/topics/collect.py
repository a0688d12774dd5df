"""Takes everything out of two queues, and prints which of the numbers it was given are missing."""

import json
import os
import sys

import boto3

sqs = boto3.client('sqs')
wanted = {line.strip() for line in sys.stdin}


def all_of(name, body):
    url = sqs.get_queue_url(QueueName=name)['QueueUrl']
    seen = set()
    while not wanted <= seen:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2)
        if 'Messages' not in answer:
            break
        for message in answer['Messages']:
            seen.add(body(message['Body']))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message['ReceiptHandle'])
    return seen


missing = {
    'one': sorted(wanted - all_of('one', lambda body: json.loads(body)['Message'])),
    'two': sorted(wanted - all_of('two', lambda body: body)),
}
print(json.dumps(missing))
