"""Reads, from standard input, where functions lie and begin; tells of each file they would load that does not compile.

Nothing of them is run."""
import ast
import json
import os
import sys


def places(root, folder, module):
    """The files that importing a module may load: packages on the way to it, then itself."""
    path = folder
    for name in filter(None, module.split('.')):
        path = os.path.join(path, name)
        yield path + '.py'
        yield os.path.join(path, '__init__.py')


def imports(tree, root, file):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from places(root, root, alias.name)
        elif isinstance(node, ast.ImportFrom):
            folder = root
            if node.level:
                folder = file
                for _ in range(node.level):
                    folder = os.path.dirname(folder)
            module = node.module or ''
            yield from places(root, folder, module)
            for alias in node.names:
                yield from places(root, folder, module + '.' + alias.name)


def check(function):
    root = function['root']
    module = function['handler'].rpartition('.')[0].replace('/', '.')
    waiting, seen = list(places(root, root, module)), set()
    while waiting:
        file = waiting.pop()
        if file in seen or not os.path.isfile(file):
            continue
        seen.add(file)
        try:
            with open(file, 'rb') as source:
                tree = compile(source.read(), file, 'exec', ast.PyCF_ONLY_AST, dont_inherit=True)
            compile(tree, file, 'exec', dont_inherit=True)
        except SyntaxError as error:
            shown = os.path.relpath(file, root)
            problem = {'line': error.lineno, 'message': f'{type(error).__name__}: {error.msg}'}
            yield {'function': function['function'], 'file': shown, **problem}
        except Exception:
            # What is odd about it, its import says.
            continue
        else:
            waiting.extend(imports(tree, root, file))


for function in json.load(sys.stdin):
    for problem in check(function):
        print(json.dumps(problem), flush=True)
