import os

# The soak counts it up.
GENERATION = 0


def echo(event, context):
    return {"statusCode": 200, "body": "python " + event["pathParameters"]["n"]}


def crash(event, context):
    n = int(event["pathParameters"]["n"])
    if n % 10 == 0:
        os._exit(1)
    return {"statusCode": 200, "body": f"crash {n}"}
