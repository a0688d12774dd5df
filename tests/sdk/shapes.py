"""Compares every answer that a boto3 client gets with the model that the client brings along: no member
that the model does not know, none of another type, none missing that must be there. The client itself
passes over what it does not know. Run by itself, it compares answers that are right and wrong."""

import base64
import datetime
import json
from xml.etree import ElementTree

import botocore.endpoint

read = botocore.endpoint.convert_to_response_dict
# Members that models have only since the older of the clients.
LATER = {'ParameterMetadata': {'ARN'}}


class Unlike(AssertionError):
    """An answer that the model does not have."""


def watch():
    """From now on, every answer of every client is compared."""
    def compared(response, operation):
        answer = read(response, operation)
        if not (operation.has_streaming_output or operation.has_event_stream_output):
            compare(operation, answer)
        return answer
    botocore.endpoint.convert_to_response_dict = compared


def compare(operation, answer):
    where, body = operation.name, answer['body']
    is_xml = body.lstrip().startswith(b'<')
    if answer['status_code'] >= 300:
        members = error_of_xml(where, body) if is_xml else error_of_json(where, body, answer['headers'])
        code = members.pop('code')
        shape = next((shape for shape in operation.error_shapes if code in codes(shape)), None)
        # What a service answers of any operation is declared for none; `refused.py` knows which those are.
        if shape:
            structure(Json(), shape, members, f'{where} {shape.name}', {'message', 'Message', 'Type'})
        return
    shape = operation.output_shape
    if is_xml:
        root = ElementTree.fromstring(body)
        same_tag(where, root, f'{where}Response')
        wrapper = shape.serialization.get('resultWrapper') if shape else None
        inner = Xml.named(root, wrapper) if wrapper else []
        told = {Xml.tag(element) for element in root} - {wrapper, 'ResponseMetadata'}
        check(not told, where, f'{told} beside {wrapper}')
        check(shape is None or len(inner) == 1, where, f'{len(inner)} of {wrapper}')
        if shape:
            structure(Xml(), shape, inner[0], where)
    elif shape is None:
        check(body in (b'', b'{}'), where, f'{body} where nothing is told')
    else:
        rest(shape, answer, where)


def rest(shape, answer, where):
    """A document's members beside those that stand in the status and in headers."""
    payload = shape.serialization.get('payload')
    for name, member in shape.members.items():
        is_header = member.serialization.get('location') == 'header'
        if is_header and name in shape.required_members:
            header = member.serialization.get('name', name)
            check(header in answer['headers'], where, f'the header {header} is missing')
    if payload and shape.members[payload].type_name != 'structure':
        return
    document = json.loads(answer['body'] or b'{}')
    structure(Json(), shape.members[payload] if payload else shape, document, where)


def error_of_json(where, body, headers):
    members = json.loads(body)
    check(isinstance(members, dict), where, f'{members} of an error')
    named = members.pop('__type', None) or headers.get('x-amzn-errortype')
    check(bool(named), where, f'an error without a name: {members}')
    check(any(members.get(name) for name in ('message', 'Message')), where, f'an error says nothing: {members}')
    return members | {'code': named.split('#')[-1]}


def error_of_xml(where, body):
    root = ElementTree.fromstring(body)
    same_tag(where, root, 'ErrorResponse')
    errors = Xml.named(root, 'Error')
    check(len(errors) == 1 and len(Xml.named(root, 'RequestId')) == 1, where, f'{body} of an error')
    members = {Xml.tag(element): element.text for element in errors[0]}
    check(members.get('Type') in ('Sender', 'Receiver') and members.get('Message'), where, f'{members} of an error')
    return members | {'code': members.pop('Code', None)}


def codes(shape):
    return {shape.name, shape.metadata.get('error', {}).get('code')}


def check(is_right, where, told):
    if not is_right:
        raise Unlike(f'{where}: {told}')


def same_tag(where, element, expected):
    check(Xml.tag(element) == expected, where, f'<{Xml.tag(element)}> is not <{expected}>')


def structure(form, shape, value, where, also=frozenset()):
    known = {name: member for name, member in shape.members.items() if 'location' not in member.serialization}
    seen = form.members(known, value, where)
    strange = set(seen) - set(known) - also - LATER.get(shape.name, set())
    check(not strange, where, f'{sorted(strange)} are no members of {shape.name}')
    missing = {name for name in shape.required_members if name in known and not form.is_nothing(known[name])} - set(seen)
    check(not missing, where, f'{sorted(missing)} of {shape.name} are missing')
    is_union = shape.metadata.get('union', False) or getattr(shape, 'is_tagged_union', False)
    check(not is_union or len(seen) == 1, where, f'{sorted(seen)} of {shape.name}, which has one')
    for name in set(seen) & set(known):
        any_of(form, known[name], seen[name], f'{where}.{name}')


def any_of(form, shape, value, where):
    kind = shape.type_name
    if kind == 'structure':
        structure(form, shape, value, where)
    elif kind == 'list':
        for at, element in enumerate(form.elements(shape, value, where)):
            any_of(form, shape.member, element, f'{where}[{at}]')
    elif kind == 'map':
        for key, element in form.entries(shape, value, where):
            any_of(form, shape.key, key, f'{where} key')
            any_of(form, shape.value, element, f'{where}[{key}]')
    else:
        form.plain(shape, value, where)


def named_value(shape, text, where):
    check(not shape.enum or text in shape.enum, where, f'{text!r} is not one of {shape.enum}')


def blob(text, where):
    try:
        base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Unlike(f'{where}: {text!r} is not base64: {error}') from error


class Json:
    TYPES = {'string': str, 'character': str, 'boolean': bool, 'integer': int, 'long': int, 'blob': str}

    def members(self, known, value, where):
        check(isinstance(value, dict), where, f'{value!r} is no structure')
        names = {member.serialization.get('name', name): name for name, member in known.items()}
        return {names.get(name, name): element for name, element in value.items()}

    @staticmethod
    def is_nothing(_shape):
        return False

    def elements(self, _shape, value, where):
        check(isinstance(value, list), where, f'{value!r} is no list')
        return value

    def entries(self, _shape, value, where):
        check(isinstance(value, dict), where, f'{value!r} is no map')
        return [(key, value[key]) for key in value]

    def plain(self, shape, value, where):
        kind = shape.type_name
        if kind == 'timestamp':
            is_text = shape.serialization.get('timestampFormat') in ('iso8601', 'rfc822')
            allowed = str if is_text else (int, float)
        else:
            allowed = self.TYPES.get(kind, (int, float))
        is_right = isinstance(value, allowed) and (allowed is bool or not isinstance(value, bool))
        check(is_right, where, f'{value!r} is no {kind}')
        if kind == 'string':
            named_value(shape, value, where)
        if kind == 'blob':
            blob(value, where)


class Xml:
    @staticmethod
    def tag(element):
        return element.tag.rsplit('}', 1)[-1]

    @staticmethod
    def named(element, name):
        return [child for child in element if Xml.tag(child) == name]

    def members(self, known, element, where):
        seen = {}
        names = {self.name(name, member): name for name, member in known.items()}
        for child in element:
            name = names.get(self.tag(child), self.tag(child))
            if name in known and known[name].serialization.get('flattened'):
                seen.setdefault(name, []).append(child)
            else:
                check(name not in seen, where, f'{name} is there twice')
                seen[name] = child
        return seen

    @staticmethod
    def is_nothing(shape):
        """Whether no element at all may be an empty one of these."""
        return shape.serialization.get('flattened', False)

    @staticmethod
    def name(name, shape):
        inner = shape.member.serialization.get('name') if shape.type_name == 'list' else None
        is_flat = shape.serialization.get('flattened')
        return (is_flat and inner) or shape.serialization.get('name', name)

    def elements(self, shape, value, where):
        if shape.serialization.get('flattened'):
            return value
        name = shape.member.serialization.get('name', 'member')
        for child in value:
            same_tag(where, child, name)
        return list(value)

    def entries(self, shape, value, where):
        entries = value if shape.serialization.get('flattened') else self.named(value, 'entry')
        check(shape.serialization.get('flattened') or len(entries) == len(value), where, 'more than entries')
        for entry in entries:
            names = [shape.key.serialization.get('name', 'key'), shape.value.serialization.get('name', 'value')]
            check([self.tag(child) for child in entry] == names, where, f'an entry is not {names}')
            yield entry[0], entry[1]

    def plain(self, shape, element, where):
        kind, text = shape.type_name, element.text or ''
        check(len(element) == 0, where, f'<{self.tag(element)}> has members and is a {kind}')
        try:
            if kind in ('integer', 'long'):
                int(text)
            elif kind in ('float', 'double'):
                float(text)
            elif kind == 'timestamp':
                datetime.datetime.fromisoformat(text.replace('Z', '+00:00'))
        except ValueError as error:
            raise Unlike(f'{where}: {text!r} is no {kind}') from error
        check(kind != 'boolean' or text in ('true', 'false'), where, f'{text!r} is no boolean')
        if kind == 'string':
            named_value(shape, text, where)
        if kind == 'blob':
            blob(text, where)


def main():
    """What is right passes; each thing that is wrong is told."""
    import boto3

    def seen(service, action, body, status=200, **headers):
        client = boto3.client(service, region_name='us-east-1', aws_access_key_id='x', aws_secret_access_key='x')
        operation = client.meta.service_model.operation_model(action)
        compare(operation, {'status_code': status, 'headers': headers, 'body': body.encode()})

    def wrong(told, *asked, **headers):
        try:
            seen(*asked, **headers)
        except Unlike as unlike:
            assert told in str(unlike), f'{unlike} does not say {told}'
        else:
            raise AssertionError(f'{asked} passed')

    right = {'RuleName': 'x', 'FailedEntryCount': 0}
    del right['RuleName']
    seen('events', 'PutTargets', json.dumps(right))
    seen('events', 'DeleteRule', '')
    wrong("['Colour'] are no members", 'events', 'PutTargets', json.dumps(right | {'Colour': 'red'}))
    wrong("'0' is no integer", 'events', 'PutTargets', json.dumps({'FailedEntryCount': '0'}))
    wrong('True is no integer', 'events', 'PutTargets', json.dumps({'FailedEntryCount': True}))
    wrong('is no list', 'events', 'PutTargets', json.dumps({'FailedEntries': {}}))
    wrong("'on' is not one of", 'events', 'DescribeRule', json.dumps({'State': 'on'}))
    wrong('where nothing is told', 'events', 'DeleteRule', '{"Rule": 1}')
    wrong('are missing', 'scheduler', 'CreateSchedule', '{}')
    seen('scheduler', 'CreateSchedule', '{"ScheduleArn": "arn:x"}')
    wrong('is no timestamp', 'scheduler', 'GetSchedule', '{"CreationDate": "yesterday"}')
    seen('events', 'DeleteRule', '{"__type": "ManagedRuleException", "message": "no"}', 400)
    wrong("['Rule'] are no members", 'events', 'DeleteRule',
          '{"__type": "ManagedRuleException", "message": "no", "Rule": "x"}', 400)
    wrong('an error without a name', 'events', 'DeleteRule', '{"message": "no"}', 400)
    wrong('an error says nothing', 'events', 'DeleteRule', '{"__type": "InternalException"}', 500)
    answer = '<{0}Response xmlns="x"><{0}Result>{1}</{0}Result><ResponseMetadata/></{0}Response>'.format
    seen('sns', 'CreateTopic', answer('CreateTopic', '<TopicArn>arn</TopicArn>'))
    wrong("['Topic'] are no members", 'sns', 'CreateTopic', answer('CreateTopic', '<Topic>arn</Topic>'))
    wrong('there twice', 'sns', 'CreateTopic', answer('CreateTopic', '<TopicArn>a</TopicArn><TopicArn>b</TopicArn>'))
    wrong('<item> is not <member>', 'sns', 'ListTopics', answer('ListTopics', '<Topics><item/></Topics>'))
    wrong('<PublishResponse> is not', 'sns', 'CreateTopic', answer('Publish', ''))
    wrong('an entry is not', 'sns', 'GetTopicAttributes',
          answer('GetTopicAttributes', '<Attributes><entry><value/></entry></Attributes>'))


if __name__ == '__main__':
    main()
