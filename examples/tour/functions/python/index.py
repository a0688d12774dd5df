import json
import os


def handler(event, context):
    # `event` is the request; printed text becomes a log line that carries the request's id.
    print("greeting", event["pathParameters"]["name"])
    # `context` is the invocation: its id, its deadline, the function.
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(
            {
                "message": f"{os.environ['GREETING']}, {event['pathParameters']['name']}!",
                "from": context.function_name,
                "milliseconds_left": context.get_remaining_time_in_millis(),
            }
        ),
    }
