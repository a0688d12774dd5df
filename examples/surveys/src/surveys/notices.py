"""What people are told: published to a topic, from which the notifier takes it to their webhook."""

import os
import uuid
from email.utils import formatdate

import boto3

_sns = boto3.client("sns")


def publish(event, text, key=None):
    """`key` is the same for the same news, however often it is published."""
    attributes = {"event": event, "key": key or str(uuid.uuid4())}
    _sns.publish(
        TopicArn=os.environ["NOTICES_TOPIC"],
        Message=f"{formatdate()}: {text}",
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )
