"""The API that limits its callers: five calls of `/survey` in all, whatever the time."""

import json

from cache import Cache

QUOTA = 5


def handler(event, _context):
    cache = Cache()
    path = event["path"]
    if event["httpMethod"] != "GET":
        return answer(405, {"message": "only GET is supported"})
    if path == "/stats":
        pairs = cache("HGETALL", "stats")
        notices = cache("LRANGE", "notices", 0, -1)
        stats = {name: int(count) for name, count in zip(pairs[::2], pairs[1::2])}
        return answer(200, {"stats": stats, "notices": sorted(notices)})
    if not path.startswith("/survey"):
        return answer(400, {"message": f"'{path}' is not a resource"})
    if cache("INCR", "quota:survey") > QUOTA:
        return answer(429, {"message": "quota exceeded"})
    return answer(200, {"data": "something", "path": path})


def answer(status, body):
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
