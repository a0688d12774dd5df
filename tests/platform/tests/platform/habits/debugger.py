"""Attaches to a waiting function, stops at a line, reads and changes a variable, and lets it go on.

Arguments: port, file and line of the breakpoint. Prints `ready` once the breakpoint is there, and the
variable `x` as it was.
"""

import json
import socket
import sys

port, path, line = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
connection = socket.create_connection(("127.0.0.1", port))
incoming = connection.makefile("rb")
sent = 0


def send(command, **arguments):
    global sent
    sent += 1
    request = {"seq": sent, "type": "request", "command": command, "arguments": arguments}
    body = json.dumps(request).encode()
    connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


def receive():
    length = 0
    while True:
        header = incoming.readline()
        if not header:
            sys.exit("the adapter went away")
        if header == b"\r\n":
            return json.loads(incoming.read(length))
        name, value = header.split(b":")
        if name.lower() == b"content-length":
            length = int(value)


def event(name):
    while True:
        message = receive()
        if message.get("event") == name:
            return message["body"] if "body" in message else {}


def answer(command):
    while True:
        message = receive()
        if message["type"] == "response" and message["command"] == command:
            if not message["success"]:
                sys.exit("%s: %s" % (command, message.get("message")))
            return message.get("body") or {}


send("initialize", adapterID="test", clientID="test")
answer("initialize")
send("attach", justMyCode=False)
event("initialized")
send("setBreakpoints", source={"path": path}, breakpoints=[{"line": line}])
answer("setBreakpoints")
send("configurationDone")
answer("configurationDone")
print("ready", flush=True)
thread = event("stopped")["threadId"]
send("stackTrace", threadId=thread)
frame = answer("stackTrace")["stackFrames"][0]["id"]
send("evaluate", expression="x", frameId=frame)
print(answer("evaluate")["result"])
send("setExpression", expression="x", value="41", frameId=frame)
answer("setExpression")
send("continue", threadId=thread)
try:
    answer("continue")
except (SystemExit, ConnectionError):
    # The function has ended, and its adapter with it.
    pass
