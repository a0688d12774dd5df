"""Does each job: calls the API, counts what it answered, and tells the topic when it refused."""

import json
import os
import urllib.error
import urllib.request

import boto3
from cache import Cache

TOPIC = boto3.resource("sns").Topic(os.environ["NOTICES_TOPIC"])


def handler(event, _context):
    for record in event["Records"]:
        assert record["messageAttributes"]["kind"]["stringValue"] == "job"
        resource = json.loads(record["body"])["resource"]
        status = call(os.environ["API_HOST_URL"] + resource)
        Cache()("HINCRBY", "stats", status, 1)
        if status == 429:
            TOPIC.publish(Message=f"refused: {resource}")


def call(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code
