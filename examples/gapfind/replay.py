#!/usr/bin/env python3
"""Replays what the original Gapfind answered (golden.json) over HTTP, and says where answers differ.

    ./replay.py http://127.0.0.1:3000

Start with no schedules kept and with a throttle that lets 83 requests pass, for example
`tidegate up --set rpm=1000`. Exits with 0 when every case answers alike.
"""

import base64
import http.client
import json
import sys
import urllib.parse
from pathlib import Path

GROUPS = ("manual", "results", "analyze")


def ask(base, request):
    """The status, content type and JSON that `base` answers."""
    url = urllib.parse.urlsplit(base)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.netloc, timeout=30)
    try:
        connection.putrequest(request["method"], url.path.rstrip("/") + request["path"])
        for name, value in request["headers"].items():
            connection.putheader(name, value)
        body = request.get("body_base64")
        if body is None:
            connection.endheaders()
        else:
            # An empty body is declared; no body is not.
            body = base64.b64decode(body)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
        response = connection.getresponse()
        text = response.read()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = text.decode(errors="replace")
        return response.status, response.getheader("content-type"), answer
    finally:
        connection.close()


def is_alike(expected, found):
    """Texts of the original's validator need only start alike."""
    texts = [json.get("non_field_errors") if isinstance(json, dict) else None for json in (expected, found)]
    if all(texts) and "validation error" in texts[0][0]:
        return "validation error" in texts[1][0] and texts[0][0].startswith(texts[1][0])
    return expected == found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    golden = json.loads(Path(__file__).with_name("golden.json").read_text())
    count = different = 0
    for group in GROUPS:
        for case in golden[group]:
            expected = case["response"]
            status, kind, answer = ask(sys.argv[1], case["request"])
            same = (
                status == expected["status"]
                and kind == expected["headers"]["content-type"]
                and is_alike(expected["json"], answer)
            )
            print("pass" if same else "FAIL", group, case["name"])
            if not same:
                print(f"     expected {expected['status']} {json.dumps(expected['json'])[:300]}")
                print(f"     found    {status} {kind} {json.dumps(answer)[:300]}")
            count += 1
            different += not same
    print(f"{count - different} of {count} alike")
    sys.exit(different != 0)


if __name__ == "__main__":
    main()
