"""Takes notices from the topic to a webhook, in the form that chat servers understand."""

import json
import os
import urllib.request

from surveys import cache

TITLES = {
    "breaker-opened": ("Opened Circuit Breaker", "warning"),
    "breaker-closed": ("Closed Circuit Breaker", "good"),
    "run-started": ("Orchestrator", "good"),
    "run-ended": ("Orchestrator", "good"),
}
PATIENCE = 5
REMEMBERED = 86_400


def handler(event, context):
    for record in event["Records"]:
        notice = record["Sns"]
        attributes = {name: it["Value"] for name, it in notice["MessageAttributes"].items()}
        told = f"told:{attributes['key']}"
        # A topic delivers at least once; this function runs once at a time.
        if not cache.connection.exists(told):
            tell(notice["Message"], attributes["event"])
            note(notice["Message"], attributes["event"], told)


def tell(text, event):
    title, color = TITLES.get(event, ("Notification", "good"))
    print(text)
    if webhook := os.environ.get("WEBHOOK_URL"):
        field = {"title": title, "value": text, "short": False}
        post(webhook, {"attachments": [{"fallback": text, "color": color, "fields": [field]}]})


def note(text, event, told):
    """For the page. What was not told is not noted: its next delivery does both."""
    noting = cache.connection.pipeline()
    noting.lpush("notices", json.dumps({"event": event, "text": text})).ltrim("notices", 0, 19)
    noting.set(told, 1, ex=REMEMBERED).execute()


def post(url, said):
    """Raises what goes wrong, so that the notice is delivered again."""
    body, headers = json.dumps(said).encode(), {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=PATIENCE).close()
