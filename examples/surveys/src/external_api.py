"""Somebody else's API, which lets its callers make only so many calls."""

import json

from surveys import cache, stats
from surveys.quota import Windows, quota

HINT = "Try /survey/1/interview/1/attachment/1 or /list_keys"


def handler(event, context):
    method, path = event["httpMethod"], event["path"]
    if method == "GET":
        return get(path)
    if method == "DELETE" and path == "/keys" and is_windows():
        return clear()
    text = f"HTTP method '{method}' is not a supported method.  Try GET"
    return answer(405, {"status_code": 405, "message": text})


def get(path):
    if path.startswith("/survey"):
        return survey(path)
    if path == "/health":
        return health()
    if path == "/keys":
        return keys()
    if path == "/stats/invoke":
        return answer(200, cache.connection.hgetall(stats.INVOKED))
    if path == "/clear_cache" and not is_windows():
        return clear()
    text = f"'{path}' is not a valid resource.  {HINT}"
    return answer(400, {"status_code": 400, "message": text})


def survey(path):
    """A call that costs."""
    taken = quota.take(path)
    status = 429 if taken.exhausted else 200
    # Clients know the text as a list.
    message = [f"Hello, CDK!  You have hit {path}\n"]
    if is_windows():
        data = {} if taken.exhausted else {"data": "something"}
        if taken.exhausted:
            message = f"{taken.exhausted.window} quota exceeded"
        said = {"data": data, "quota_exceeded": bool(taken.exhausted)}
    else:
        if taken.exhausted:
            message = quota.exceeded.format(taken.exhausted)
        said = {"data": {"data": "something"}, "quota": taken.left}
    return answer(status, {**said, "status_code": status, "message": message})


def health():
    """Whether a call would be let through; it costs nothing."""
    exhausted = quota.look().exhausted
    status = 429 if exhausted else 200
    message = quota.exceeded.format(exhausted) if exhausted else "quota ok"
    return answer(status, {"status_code": status, "message": message})


def keys():
    """What is left of each quota, and for how many seconds."""
    standing = [
        {"name": level.key, "value": str(left), "ttl": round(ends / 1_000)}
        for level, left, ends in quota.standings()
    ]
    return answer(200, {"keys": sorted(standing, key=lambda key: key["name"])})


def clear():
    quota.clear()
    return answer(200, "cache cleared of keys matching survey:*")


def is_windows():
    return isinstance(quota, Windows)


def answer(status, said):
    body = said if isinstance(said, str) else json.dumps(said)
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": body}
