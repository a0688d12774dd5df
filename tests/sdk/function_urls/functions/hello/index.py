import time


def handler(event, context):
    path = event.get('rawPath')
    if path == '/raise':
        raise KeyError('secret')
    if path == '/late':
        time.sleep(60)
    if path == '/large':
        return 'x' * (7 << 20)
    return event
