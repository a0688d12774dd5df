"""Asks boto3 for what must be refused: every row of a folder's refused.json."""

import json
import os
import sys

# What a service answers of any operation and its model declares for none, or only for others.
UNDECLARED = {
    'events': {'ValidationException'},
    'lambda': {'AccessDeniedException', 'ValidationException'},
    'sns': {'ValidationError'},
    'sqs': {'InvalidParameterValue', 'MissingParameter'},
    'ssm': {'ValidationException'},
    'sts': {'InvalidAction'},
}
# What SQS calls otherwise in JSON than in Query.
IN_JSON = {'InvalidParameterValue': 'InvalidParameterValueException', 'MissingParameter': 'MissingRequiredParameterException'}


def read(folder):
    with open(os.path.join(folder, 'refused.json')) as file:
        return json.load(file)


def filled(value):
    """Marks in a row's input stand for what is known only here, or is long."""
    text = json.dumps(value).replace('{aws}', os.environ['AWS_ENDPOINT_URL'])
    text = text.replace('{half}', 'x' * 200_000).replace('{large}', 'x' * (1024 * 1024 + 1))
    return json.loads(text)


def declared(model, error):
    """The code and the status that a client's model has for an error."""
    shape = next((shape for shape in model.error_shapes if shape.name == error), None)
    return shape.metadata.get('error', {}) if shape else {}


def code(rows, model, error):
    """What a client calls an error: its name, or the code of services that speak or once spoke Query."""
    return declared(model, error).get('code', rows.get('codes', {}).get(error, error))


def each(rows, client, model):
    """Rows that a client can ask for; what it cannot is marked in the row, with the reason."""
    for action, given, error, *more in rows['refused']:
        more = more[0] if more else {}
        unknown = more.get('unknown_to', {}).get(client)
        assert bool(unknown) == (action not in model.operation_names), f'{action}: is it unknown to {client}? {unknown}'
        if not unknown:
            yield action, given, error, more.get('message')


def is_declared(model, action, error):
    declared = {shape.name for shape in model.operation_model(action).error_shapes}
    return error in declared | UNDECLARED.get(model.service_name, set())


def main(folder, name):
    rows = read(folder)
    # Nothing is held back here: it is the server that refuses.
    service = client(rows['service'], parameter_validation=False)
    model = service.meta.service_model

    def ask(action, given):
        return getattr(service, xform_name(action))(**filled(given))

    def problem(action, given, error, message):
        # The older model, of Query, lacks some.
        if not SPEAKS_QUERY and not is_declared(model, action, error):
            return f'{error} is no error of it'
        try:
            return f'{ask(action, given)} and no refusal'
        except botocore.exceptions.ClientError as refusal:
            said, status = refusal.response['Error'], refusal.response['ResponseMetadata']['HTTPStatusCode']
        in_json = IN_JSON.get(error, error)
        if said['Code'] != code(rows, model, error) or said.get('QueryErrorCode', in_json) != in_json:
            return f'{said} is not {error}'
        if status != declared(model, error).get('httpStatusCode', status):
            return f'{status} is not the status of {error}'
        if not said.get('Message') or message not in (None, said['Message']):
            return f'{said} does not say {message or "anything"}'

    for action, given in rows['given']:
        ask(action, given)
    asked = [(row, problem(*row)) for row in each(rows, name, model)]
    failed = [f'{row[0]} {row[1]}: {why}' for row, why in asked if why]
    if failed:
        sys.exit('\n'.join(failed))


if __name__ == '__main__':
    import botocore
    from botocore import xform_name

    from asked import SPEAKS_QUERY, client
    main(*sys.argv[1:])
