"""Code of up to 50 MiB, as Lambda takes it in a request."""

import io
import json
import os
import zipfile

from asked import refused, same


def stored(size):
    """A zip that is a little larger than this."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_STORED) as archive:
        archive.writestr('index.py', 'def handler(event, context):\n    return "large"\n')
        archive.writestr('model.bin', os.urandom(size))
    return out.getvalue()


def check(functions, arguments):
    of = {'FunctionName': arguments['FunctionName']}
    code = stored(20_000_000)
    same(functions.create_function(**{**arguments, 'Code': {'ZipFile': code}})['CodeSize'], len(code))
    same(json.load(functions.invoke(**of)['Payload']), 'large')
    code = stored(80_000_000)
    for call, more, action in [
        (functions.create_function, {**arguments, 'Code': {'ZipFile': code}}, 'CreateFunction'),
        (functions.update_function_code, {**of, 'ZipFile': code}, 'UpdateFunctionCode'),
    ]:
        error = refused('RequestEntityTooLargeException', call, **more)
        same(error['ResponseMetadata']['HTTPStatusCode'], 413)
        same(error['Error']['Message'], f'Request must be smaller than 70167211 bytes for the {action} operation')
    functions.delete_function(**of)
