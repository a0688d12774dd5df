"""Has the task master send jobs, without waiting for it."""

import json
import os

import boto3

FUNCTIONS = boto3.client("lambda")


def handler(_event, _context):
    answer = FUNCTIONS.invoke(
        FunctionName=os.environ["TASK_MASTER_ARN"], InvocationType="Event", Payload=json.dumps({})
    )
    return {"status": answer["StatusCode"]}
