"""How busy the people of a text file are, one name in each line."""

import base64
import functools
import json
import os

import boto3
import redis


@functools.lru_cache(maxsize=None)
def store():
    stored = boto3.client("ssm").get_parameter(
        Name=os.environ["REDIS_URL_PARAMETER"], WithDecryption=True
    )
    return redis.Redis.from_url(stored["Parameter"]["Value"], decode_responses=True)


def handler(event, _context):
    body = event.get("body") or ""
    text = base64.b64decode(body).decode() if event["isBase64Encoded"] else body
    names = text.split()
    slots = zip(names, store().hmget("classes", names)) if names else []
    results = {name: len(slots.split(",")) if slots else 0 for name, slots in slots}
    return {"total": len(results), "results": results, "base64": event["isBase64Encoded"]}
