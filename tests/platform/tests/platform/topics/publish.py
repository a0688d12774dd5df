"""Publishes to a topic until the server is gone, and prints what it was told is accepted."""

import itertools
import sys
import threading

import boto3
from botocore.config import Config

numbers = itertools.count()
told = threading.Lock()


def publish():
    once = Config(retries={'total_max_attempts': 1}, connect_timeout=5, read_timeout=20)
    sns = boto3.client('sns', config=once)
    while True:
        number = next(numbers)
        try:
            sns.publish(TopicArn='arn:aws:sns:us-east-1:000000000000:news', Message=str(number))
        except Exception:
            return
        with told:
            print(number, flush=True)


threads = [threading.Thread(target=publish) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
