"""Notes when somebody has class: `{"name": "ana", "hours": [[0, 1], [3, 2]]}`, each an hour and a day."""

import functools
import json
import os

import boto3
import redis
from pydantic import BaseModel, ValidationError, conint, conlist, constr


class Registration(BaseModel):
    name: constr(min_length=1, max_length=30, regex="^[a-z]*$")
    hours: conlist(conlist(conint(ge=0), min_items=2, max_items=2), min_items=1)


@functools.lru_cache(maxsize=None)
def store():
    stored = boto3.client("ssm").get_parameter(
        Name=os.environ["REDIS_URL_PARAMETER"], WithDecryption=True
    )
    return redis.Redis.from_url(stored["Parameter"]["Value"], decode_responses=True)


def handler(event, _context):
    try:
        registration = Registration.parse_raw(event.get("body") or "{}")
    except ValidationError as error:
        first = error.errors()[0]
        return answer(400, {str(first["loc"][0]): first["msg"]})
    slots = sorted(f"{hour}:{day}" for hour, day in registration.hours)
    store().hset("classes", registration.name, ",".join(slots))
    return answer(201, {"name": registration.name, "slots": slots})


def answer(status, body):
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
