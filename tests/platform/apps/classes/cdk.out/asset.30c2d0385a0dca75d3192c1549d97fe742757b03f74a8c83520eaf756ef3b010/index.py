"""When several people have class at once: `{"names": ["ana", "bo"]}`."""

import functools
import json
import os
from typing import List

import boto3
import redis
from pydantic import BaseModel, ValidationError


class Question(BaseModel):
    names: List[str]


@functools.lru_cache(maxsize=None)
def store():
    stored = boto3.client("ssm").get_parameter(
        Name=os.environ["REDIS_URL_PARAMETER"], WithDecryption=True
    )
    return redis.Redis.from_url(stored["Parameter"]["Value"], decode_responses=True)


def handler(event, _context):
    try:
        names = Question.parse_raw(event.get("body") or "{}").names
    except ValidationError as error:
        return answer(400, {"names": error.errors()[0]["msg"]})
    known = dict(zip(names, store().hmget("classes", names)))
    missing = [name for name, slots in known.items() if slots is None]
    if missing:
        return answer(400, {"names": f"nobody knows {', '.join(missing)}"})
    common = set.intersection(*(set(slots.split(",")) for slots in known.values()))
    return answer(201, {"count": len(common), "slots": sorted(common)})


def answer(status, body):
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
