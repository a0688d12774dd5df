"""Asks aws-cli for what must be refused: every row of a folder's refused.json, in one process."""

import contextlib
import io
import json
import os
import re
import sys
import tempfile

import awscli.clidriver
from awscli.botocore import xform_name

import refused

# Nothing is held back here: it is the server that refuses.
CONFIG = '[default]\nparameter_validation = false\ncli_binary_format = raw-in-base64-out\n'
# Commands that write an answer's body to a file take no document of members.
WRITING = {'Invoke'}
SAID = re.compile(r'An error occurred \((\S+)\) when calling the \S+ operation(?: \([^)]*\))?: (.+)', re.DOTALL)


def arguments(action, given, scratch):
    if action in WRITING:
        return [*sum(([f'--{xform_name(name, "-")}', value] for name, value in given.items()), []), '/dev/null']
    document = os.path.join(scratch, 'input')
    with open(document, 'w') as file:
        json.dump(given, file)
    return ['--cli-input-json', f'file://{document}']


def main(scratch, folder, name):
    rows = refused.read(folder)
    os.environ['AWS_CONFIG_FILE'] = os.path.join(scratch, 'config')
    with open(os.environ['AWS_CONFIG_FILE'], 'w') as config:
        config.write(CONFIG)
    driver = awscli.clidriver.create_clidriver()
    model = driver.session.get_service_model(rows['service'])

    def ask(action, given):
        """What it says of an error, or nothing."""
        command = ['--endpoint-url', os.environ['AWS_ENDPOINT_URL'], '--no-cli-pager', rows['service'], xform_name(action, '-')]
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            status = driver.main(command + arguments(action, refused.filled(given), scratch))
        return said.getvalue().strip() or f'status {status}' if status else None

    def problem(action, given, error, message):
        said = ask(action, given) or 'no refusal'
        seen = SAID.fullmatch(said)
        if not seen or seen[1] != refused.code(rows, model, error):
            return f'{said} is not {error}'
        if message not in (None, seen[2]):
            return f'{said} does not say {message}'

    for action, given in rows['given']:
        said = ask(action, given)
        assert not said, said
    asked = [(row, problem(*row)) for row in refused.each(rows, name, model)]
    failed = [f'{row[0]} {row[1]}: {why}' for row, why in asked if why]
    if failed:
        sys.exit('\n'.join(failed))


with tempfile.TemporaryDirectory() as scratch:
    main(scratch, *sys.argv[1:])
