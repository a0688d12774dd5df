"""Reports every message as failed whose body is `bad`."""


def handler(event, context):
    bad = [record['messageId'] for record in event['Records'] if record['body'] == 'bad']
    return {'batchItemFailures': [{'itemIdentifier': identifier} for identifier in bad]}
