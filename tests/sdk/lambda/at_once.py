"""Calls that change one function at the same time: none undoes what another was told is done."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor

import botocore

from asked import refused, same

ROUNDS = 8


def both(*calls):
    """The errors' codes of calls that are made at once; `None` of one that is answered."""
    def code(call):
        try:
            call()
        except botocore.exceptions.ClientError as error:
            return error.response['Error']['Code']
        return None

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(code, calls))


def sha256(code):
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


def check(functions, arguments, zipped):
    of = {'FunctionName': arguments['FunctionName']}
    arn = None
    for number in range(ROUNDS):
        codes = both(*[lambda: functions.create_function(**arguments)] * 2)
        same(sorted(codes, key=str), [None, 'ResourceConflictException'])
        arn = functions.get_function_configuration(**of)['FunctionArn']

        code, text = zipped(f'round {number}'), f'round {number}'
        codes = both(lambda: functions.update_function_code(**of, ZipFile=code),
                     lambda: functions.update_function_configuration(**of, Description=text))
        assert None in codes and set(codes) <= {None, 'ResourceConflictException'}, codes
        now = functions.get_function_configuration(**of)
        is_there = [now['CodeSha256'] == sha256(code), now['Description'] == text]
        same(is_there, [one is None for one in codes])

        codes = both(lambda: functions.update_function_configuration(**of, DeadLetterConfig={'TargetArn': ''}),
                     lambda: functions.tag_resource(Resource=arn, Tags={'round': text}))
        same(codes, [None, None])
        same(functions.list_tags(Resource=arn)['Tags'], {'round': text})

        functions.put_function_event_invoke_config(**of, MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60)
        codes = both(
            lambda: functions.update_function_event_invoke_config(**of, MaximumRetryAttempts=1),
            lambda: functions.update_function_event_invoke_config(**of, MaximumEventAgeInSeconds=90))
        same(codes, [None, None])
        config = functions.get_function_event_invoke_config(**of)
        same((config['MaximumRetryAttempts'], config['MaximumEventAgeInSeconds']), (1, 90))

        # What is deleted stays so.
        changed, deleted = both(lambda: functions.update_function_code(**of, ZipFile=zipped('late')),
                                lambda: functions.delete_function(**of))
        assert changed in (None, 'ResourceConflictException', 'ResourceNotFoundException'), changed
        same(deleted, None)
        refused('ResourceNotFoundException', functions.get_function, **of)
