"""Has AWS's own translator of the Serverless Application Model turn templates into CloudFormation.

Takes files, prints JSON: for each file, the template that comes of it or the reason why none does.
Code in folders is sent up before, as `sam package` does, and is a folder of this machine again afterwards.
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

BUCKET = "packaged"
SENT_UP = ("CodeUri", "ContentUri", "DefinitionUri")
MANAGED_POLICIES = (
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaRole",
    "service-role/AWSLambdaSQSQueueExecutionRole",
    "AmazonSQSFullAccess",
    "AmazonSNSFullAccess",
)


class ManagedPolicies:
    def load(self):
        return {it.split("/")[-1]: f"arn:aws:iam::aws:policy/{it}" for it in MANAGED_POLICIES}


def packaged(template):
    """The template with every local path in the bucket."""
    sections = template.get("Globals") or {}
    resources = template.get("Resources") or {}
    settings = list(sections.values()) if isinstance(sections, dict) else []
    for resource in resources.values() if isinstance(resources, dict) else []:
        is_serverless = str(resource.get("Type", "")).startswith("AWS::Serverless::")
        settings += [resource.get("Properties")] if is_serverless else []
    for properties in settings:
        for name in SENT_UP:
            path = properties.get(name) if isinstance(properties, dict) else None
            if isinstance(path, str) and not path.startswith("s3://"):
                properties[name] = f"s3://{BUCKET}/{path}"
    return template


def unpackaged(value):
    """The same on the way back."""
    if isinstance(value, dict):
        for bucket, key in (("S3Bucket", "S3Key"), ("Bucket", "Key")):
            if value.get(bucket) == BUCKET:
                return value[key]
        return {key: unpackaged(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unpackaged(inner) for inner in value]
    return value


def translated(path):
    with open(path, encoding="utf-8") as file:
        template = json.loads(json.dumps(yaml_parse(file)))
    try:
        return {"template": unpackaged(transform(packaged(template), {}, ManagedPolicies()))}
    except InvalidDocumentException as error:
        causes = [cause.message for cause in error.causes] or [error.message]
        return {"refused": causes}


print(json.dumps({path: translated(path) for path in sys.argv[1:]}))
