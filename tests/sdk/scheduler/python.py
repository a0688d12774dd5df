# JSON only
"""Every action of EventBridge Scheduler, and a schedule that runs."""

import datetime
import json
import re

from asked import client, refused, same

scheduler = client('scheduler')
sqs = client('sqs')
BASE = 'us-east-1:000000000000'
ROLE = 'arn:aws:iam::000000000000:role/any'
OFF = {'Mode': 'OFF'}
JOBS = f'arn:aws:sqs:{BASE}:jobs'
TARGET = {'Arn': JOBS, 'RoleArn': ROLE}


def make(name, expression='rate(1 hour)', **settings):
    settings.setdefault('FlexibleTimeWindow', OFF)
    settings.setdefault('Target', TARGET)
    return scheduler.create_schedule(Name=name, ScheduleExpression=expression, **settings)


def received(name='jobs'):
    url = sqs.get_queue_url(QueueName=name)['QueueUrl']
    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, AttributeNames=['All'])['Messages'][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message['ReceiptHandle'])
    return message


def settings():
    start = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
    made = make(
        'mornings', 'cron(0 8 ? * MON-FRI *)', ScheduleExpressionTimezone='Europe/Berlin', StartDate=start,
        EndDate=start + datetime.timedelta(days=9), Description='x', State='DISABLED',
        FlexibleTimeWindow={'Mode': 'FLEXIBLE', 'MaximumWindowInMinutes': 15}, ActionAfterCompletion='DELETE',
        Target={**TARGET, 'Input': '{}', 'RetryPolicy': {'MaximumRetryAttempts': 3, 'MaximumEventAgeInSeconds': 600},
                'DeadLetterConfig': {'Arn': JOBS}})
    arn = f'arn:aws:scheduler:{BASE}:schedule/default/mornings'
    same(made['ScheduleArn'], arn)
    seen = scheduler.get_schedule(Name='mornings')
    for name, expected in {
        'Arn': arn, 'Name': 'mornings', 'GroupName': 'default', 'ScheduleExpression': 'cron(0 8 ? * MON-FRI *)',
        'ScheduleExpressionTimezone': 'Europe/Berlin', 'StartDate': start, 'State': 'DISABLED', 'Description': 'x',
        'FlexibleTimeWindow': {'Mode': 'FLEXIBLE', 'MaximumWindowInMinutes': 15}, 'ActionAfterCompletion': 'DELETE',
    }.items():
        same(seen[name], expected)
    same(seen['Target']['RetryPolicy'], {'MaximumRetryAttempts': 3, 'MaximumEventAgeInSeconds': 600})
    refused('ConflictException', make, name='mornings')
    # A call whose answer was lost is made again with its token, and told the same.
    first, again = (make('again', ClientToken='t-1', State='DISABLED')['ScheduleArn'] for _ in range(2))
    same(again, first)
    refused('ConflictException', make, name='again', ClientToken='t-2', State='DISABLED')
    refused('ConflictException', make, name='again', ClientToken='t-1', expression='rate(2 hours)', State='DISABLED')
    scheduler.delete_schedule(Name='again')
    # A single time knows neither start nor end.
    make('single', 'at(2030-06-01T00:00:00)', StartDate=start + datetime.timedelta(days=999), EndDate=start)
    same(scheduler.get_schedule(Name='single')['EndDate'], start)
    scheduler.delete_schedule(Name='single')
    scheduler.update_schedule(Name='mornings', ScheduleExpression='rate(2 hours)', FlexibleTimeWindow=OFF, Target=TARGET, State='DISABLED')
    seen = scheduler.get_schedule(Name='mornings', GroupName='default')
    same((seen['ScheduleExpression'], seen['ScheduleExpressionTimezone'], 'StartDate' in seen), ('rate(2 hours)', 'UTC', False))
    scheduler.delete_schedule(Name='mornings')
    error = refused('ResourceNotFoundException', scheduler.get_schedule, Name='mornings')
    same(error['Error']['Message'], 'Schedule mornings does not exist.')
    refused('ResourceNotFoundException', scheduler.delete_schedule, Name='mornings')


def refusals():
    for expression in ('cron(0 0 30 2 ? *)', 'cron(0 8 * * MON *)', 'rate(0 hours)', 'at(2001-01-01T00:00:00)', 'soon'):
        error = refused('ValidationException', make, name='bad', expression=expression)
        same(error['Error']['Message'], f'Invalid Schedule Expression {expression}.')
    refused('ValidationException', make, name='a b')
    refused('ValidationException', make, name='bad', ScheduleExpressionTimezone='Berlin')
    begun = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)
    error = refused('ValidationException', make, name='bad', StartDate=begun)
    same(error['Error']['Message'], 'The StartDate you specify cannot be earlier than 5 minutes ago.')
    refused('ValidationException', make, name='bad', FlexibleTimeWindow={'Mode': 'FLEXIBLE'})
    refused('ValidationException', make, name='bad', Target={'Arn': f'arn:aws:sqs:{BASE}:nothing', 'RoleArn': ROLE})
    refused('ValidationException', make, name='bad', Target={**TARGET, 'EventBridgeParameters': {'DetailType': 'x', 'Source': 'y'}})
    refused('ResourceNotFoundException', make, name='bad', GroupName='nothing')
    refused('ResourceNotFoundException', scheduler.update_schedule, Name='bad', ScheduleExpression='rate(1 hour)', FlexibleTimeWindow=OFF, Target=TARGET)


def groups():
    arn = scheduler.create_schedule_group(Name='team', Tags=[{'Key': 'a', 'Value': '1'}])['ScheduleGroupArn']
    same(arn, f'arn:aws:scheduler:{BASE}:schedule-group/team')
    same(scheduler.get_schedule_group(Name='team')['State'], 'ACTIVE')
    same([group['Name'] for group in scheduler.list_schedule_groups()['ScheduleGroups']], ['default', 'team'])
    refused('ConflictException', scheduler.create_schedule_group, Name='team')
    refused('ConflictException', scheduler.create_schedule_group, Name='default')
    scheduler.tag_resource(ResourceArn=arn, Tags=[{'Key': 'b', 'Value': '2'}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=['a'])
    same(scheduler.list_tags_for_resource(ResourceArn=arn)['Tags'], [{'Key': 'b', 'Value': '2'}])

    for number in range(3):
        make(f'list-{number}', GroupName='team', State='DISABLED')
    pages = list(scheduler.get_paginator('list_schedules').paginate(
        GroupName='team', NamePrefix='list-', State='DISABLED', PaginationConfig={'PageSize': 2}))
    same([[one['Name'] for one in page['Schedules']] for page in pages], [['list-0', 'list-1'], ['list-2']])
    same(pages[0]['Schedules'][0]['Target'], {'Arn': JOBS})
    refused('ValidationException', scheduler.list_schedules, State='bogus')
    scheduler.delete_schedule_group(Name='team')
    same(scheduler.list_schedules()['Schedules'], [])
    refused('ResourceNotFoundException', scheduler.get_schedule_group, Name='team')
    refused('ValidationException', scheduler.delete_schedule_group, Name='default')


def runs():
    # A rate without a start date runs at once.
    make('now', 'rate(5 minutes)', Target={**TARGET, 'Input': json.dumps({
        'arn': '<aws.scheduler.schedule-arn>', 'at': '<aws.scheduler.scheduled-time>',
        'id': '<aws.scheduler.execution-id>', 'attempt': '<aws.scheduler.attempt-number>'})})
    said = json.loads(received()['Body'])
    same((said['arn'], said['attempt']), (f'arn:aws:scheduler:{BASE}:schedule/default/now', '1'))
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', said['at']), said
    assert re.fullmatch(r'[0-9a-f-]{36}', said['id']), said

    make('plain', Target={'Arn': JOBS + '.fifo', 'RoleArn': ROLE, 'SqsParameters': {'MessageGroupId': 'g'}})
    message = received('jobs.fifo')
    same(message['Attributes']['MessageGroupId'], 'g')
    event = json.loads(message['Body'])
    same((event['source'], event['detail-type'], event['detail']), ('aws.scheduler', 'Scheduled Event', '{}'))
    same(event['resources'], [f'arn:aws:scheduler:{BASE}:schedule/default/plain'])


settings()
refusals()
groups()
runs()
