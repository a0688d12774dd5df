# JSON only
"""The read side of CloudWatch Logs: groups, streams, and what was logged."""

from asked import client, refused, same

GROUP = '/aws/lambda/hello'
logs = client('logs')
client('lambda').invoke(FunctionName='hello', Payload='{}')

same([group['logGroupName'] for group in logs.describe_log_groups(logGroupNamePrefix='/aws/')['logGroups']], [GROUP])
for of in {'logGroupIdentifiers': [GROUP]}, {'accountIdentifiers': ['000000000000']}, {'logGroupClass': 'STANDARD'}:
    same([group['logGroupName'] for group in logs.describe_log_groups(**of)['logGroups']], [GROUP])
for of in ({'logGroupIdentifiers': ['/aws/lambda/nobody']}, {'accountIdentifiers': ['111111111111']},
           {'logGroupClass': 'INFREQUENT_ACCESS'}):
    same(logs.describe_log_groups(**of)['logGroups'], [])
refused('InvalidParameterException', logs.describe_log_groups, logGroupClass='bogus')
found = logs.filter_log_events(logGroupName=GROUP, filterPattern='hello')['events']
assert found[0]['message'].startswith('hello from'), found
pages = logs.get_paginator('filter_log_events').paginate(logGroupName=GROUP, PaginationConfig={'PageSize': 1})
same(sum(len(page['events']) for page in pages), len(logs.filter_log_events(logGroupName=GROUP)['events']))
ids = [event['eventId'] for event in logs.filter_log_events(logGroupName=GROUP)['events']]
pages = logs.get_paginator('filter_log_events').paginate(
    logGroupName=GROUP, startFromHead=False, PaginationConfig={'PageSize': 1})
same([event['eventId'] for page in pages for event in page['events']], ids[::-1])
refused('InvalidParameterException', logs.filter_log_events, logGroupName=GROUP, startFromHead=False, startTime=0)
[stream] = logs.describe_log_streams(logGroupName=GROUP)['logStreams']
events = logs.get_log_events(logGroupName=GROUP, logStreamName=stream['logStreamName'], startFromHead=True)
assert 'START' in events['events'][0]['message'], events
[group] = logs.describe_log_groups()['logGroups']
same(group['creationTime'], events['events'][0]['timestamp'])
refused('InvalidParameterException', logs.filter_log_events, logGroupName=GROUP, filterPattern='{ $.level }')
refused('ResourceNotFoundException', logs.filter_log_events, logGroupName='/aws/lambda/nobody')
