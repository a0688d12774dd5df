"""What the boto3 programs share."""

import boto3
import botocore
import shapes
from botocore.config import Config

shapes.watch()

# Before 1.34, boto3 spoke awsQuery to SQS.
SPEAKS_QUERY = tuple(map(int, boto3.__version__.split('.')[:2])) < (1, 34)


def client(service, **options):
    """A client that asks once, so that an error is seen as it is."""
    options.setdefault('retries', {'total_max_attempts': 1})
    return boto3.client(service, config=Config(**options))


def refused(code, call, **arguments):
    """The error of a call, which must have this code."""
    try:
        answer = call(**arguments)
    except botocore.exceptions.ClientError as error:
        assert error.response['Error']['Code'] == code, (code, error.response)
        return error.response
    raise AssertionError(f'{arguments} was accepted: {answer}')


def same(seen, expected):
    assert seen == expected, f'{seen!r} is not {expected!r}'
