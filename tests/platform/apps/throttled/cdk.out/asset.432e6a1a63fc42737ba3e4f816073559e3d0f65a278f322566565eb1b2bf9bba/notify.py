"""Keeps what the topic tells where everybody can read it."""

from cache import Cache


def handler(event, _context):
    for record in event["Records"]:
        Cache()("RPUSH", "notices", record["Sns"]["Message"])
