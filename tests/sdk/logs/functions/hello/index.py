import json


def handler(event, context):
    if 'log' in event:
        print(json.dumps(event['log']))
    print('hello from', context.function_version)
    if 'fail' in event:
        raise ValueError(event['fail'])
    custom = context.client_context.custom if context.client_context else None
    return {'event': event, 'version': context.function_version, 'custom': custom}
