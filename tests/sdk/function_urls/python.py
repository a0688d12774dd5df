# JSON only
import base64
import http.client
import json
import os
from urllib.parse import urlsplit

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from asked import client, refused, same

functions = client('lambda')


def asked(url, method='GET', path='', body=None, headers=None):
    """An answer of a function URL: its host leads to this machine, which not every resolver knows."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection('127.0.0.1', parts.port)
    connection.request(method, parts.path + path, body, {'Host': parts.netloc, **(headers or {})})
    answer = connection.getresponse()
    return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read()


# One that an API call makes.
refused('ResourceNotFoundException', functions.get_function_url_config, FunctionName='hello')
refused('ResourceNotFoundException', functions.create_function_url_config,
        FunctionName='nobody', AuthType='NONE')
refused('ValidationException', functions.create_function_url_config,
        FunctionName='hello', AuthType='EVERYBODY')
refused('InvalidParameterValueException', functions.create_function_url_config, FunctionName='hello',
        AuthType='NONE', Cors={'AllowOrigins': ['*'], 'AllowCredentials': True})
made = functions.create_function_url_config(FunctionName='hello', AuthType='NONE')
same((made['AuthType'], made['InvokeMode']), ('NONE', 'BUFFERED'))
assert made['FunctionArn'].endswith(':function:hello'), made
url = made['FunctionUrl']
host = urlsplit(url).hostname
assert host.endswith('.lambda-url.us-east-1.localhost'), url
same(urlsplit(url).port, urlsplit(os.environ['API_URL']).port)
refused('ResourceConflictException', functions.create_function_url_config,
        FunctionName='hello', AuthType='NONE')

status, headers, body = asked(url, 'POST', 'a/b?x=1&x=2', '{"n": 1}', {
    'Content-Type': 'application/json', 'Cookie': 'a=b; c=d'})
same((status, headers['content-type']), (200, 'application/json'))
event = json.loads(body)
same((event['version'], event['routeKey'], event['rawPath'], event['rawQueryString']),
     ('2.0', '$default', '/a/b', 'x=1&x=2'))
same((event['cookies'], event['queryStringParameters'], event['body']),
     (['a=b', 'c=d'], {'x': '1,2'}, '{"n": 1}'))
context = event['requestContext']
same((context['accountId'], context['apiId'], context['domainPrefix'], context['stage']),
     ('anonymous', host.split('.')[0], host.split('.')[0], '$default'))
assert 'authorizer' not in context, context
same(context['requestId'], headers['x-amzn-requestid'])
assert 'apigw-requestid' not in headers, headers
same(asked(url.replace(host[:4], 'zzzz'))[0], 404)
for path in ('raise', 'late', 'large'):
    status, _, body = asked(url, path=path)
    same((path, status, body), (path, 502, b'Internal Server Error'))

# Only requests that are signed.
changed = functions.update_function_url_config(FunctionName='hello', AuthType='AWS_IAM')
same((changed['AuthType'], changed['FunctionUrl']), ('AWS_IAM', url))
same(asked(url)[0], 403)
request = AWSRequest('POST', url + 'signed', data='hello', headers={'Content-Type': 'text/plain'})
SigV4Auth(botocore.session.get_session().get_credentials(), 'lambda', 'us-east-1').add_auth(request)
status, _, body = asked(url, 'POST', 'signed', 'hello', dict(request.headers))
same(status, 200)
signer = json.loads(body)['requestContext']['authorizer']['iam']
same((signer['accessKey'], signer['accountId']), ('test', '000000000000'))

# Of an alias, and of all.
functions.publish_version(FunctionName='hello')
functions.create_alias(FunctionName='hello', Name='prod', FunctionVersion='1')
refused('ValidationException', functions.create_function_url_config,
        FunctionName='hello', Qualifier='1', AuthType='NONE')
alias = functions.create_function_url_config(FunctionName='hello', Qualifier='prod', AuthType='NONE')
assert alias['FunctionArn'].endswith(':function:hello:prod') and alias['FunctionUrl'] != url, alias
same(asked(alias['FunctionUrl'])[0], 200)
listed = functions.list_function_url_configs(FunctionName='hello')['FunctionUrlConfigs']
same([one['FunctionUrl'] for one in listed], [url, alias['FunctionUrl']])
functions.delete_function_url_config(FunctionName='hello')
refused('ResourceNotFoundException', functions.delete_function_url_config, FunctionName='hello')
same(asked(url)[0], 404)

# One that the manifest declares: streamed, and read by pages of one origin.
own = functions.get_function_url_config(FunctionName='count')
same((own['InvokeMode'], own['Cors']['AllowOrigins'], own['Cors']['MaxAge']),
     ('RESPONSE_STREAM', ['https://app.example'], 60))
url = own['FunctionUrl']
status, headers, body = asked(url, headers={'Origin': 'https://app.example'})
same((status, headers['x-kind'], body), (201, 'numbers', b'one;two;'))
same(headers['access-control-allow-origin'], 'https://app.example')
same(headers.get('transfer-encoding'), 'chunked')
status, headers, _ = asked(url, 'OPTIONS', headers={
    'Origin': 'https://app.example', 'Access-Control-Request-Method': 'GET'})
same((status, headers['access-control-allow-methods'], headers['access-control-max-age']), (204, 'GET', '60'))
functions.update_function_url_config(FunctionName='count', InvokeMode='BUFFERED')
status, headers, body = asked(url)
same((status, headers['x-kind'], body), (201, 'numbers', b'one;two;'))
same(headers['content-length'], '8')

# Streams that the API itself answers.
def events(**arguments):
    answer = functions.invoke_with_response_stream(**arguments)
    same(answer['StatusCode'], 200)
    all = list(answer['EventStream'])
    chunks = b''.join(event['PayloadChunk']['Payload'] for event in all if 'PayloadChunk' in event)
    return chunks, all[-1]['InvokeComplete'], answer


chunks, complete, answer = events(FunctionName='count', Payload='{}', LogType='Tail')
same((chunks, answer['ExecutedVersion']), (b'one;two;', '$LATEST'))
assert b'counting' in base64.b64decode(complete['LogResult']), complete
assert 'ErrorCode' not in complete, complete
chunks, complete, _ = events(FunctionName='count', Payload='{"fail": "midway"}')
same((chunks, complete['ErrorCode']), (b'one;', 'Unhandled'))
assert 'RangeError' in complete['ErrorDetails'], complete
chunks, complete, _ = events(FunctionName='hello', Payload='{"a": 1}')
same((json.loads(chunks), complete), ({'a': 1}, {}))
refused('ResourceNotFoundException', functions.invoke_with_response_stream, FunctionName='nobody')

# `Invoke` has the whole of a stream at its end, and what was logged meanwhile.
answer = functions.invoke(FunctionName='count', Payload='{}', LogType='Tail')
same((answer['Payload'].read(), 'FunctionError' in answer), (b'one;two;', False))
lines = base64.b64decode(answer['LogResult'])
assert b'counting' in lines and b'REPORT' in lines, lines
answer = functions.invoke(FunctionName='count', Payload='{"fail": "midway"}', LogType='Tail')
same((json.load(answer['Payload'])['errorType'], answer['FunctionError']), ('RangeError', 'Unhandled'))
assert b'REPORT' in base64.b64decode(answer['LogResult']), answer
