"""Runs a Python function: loads its handler and speaks the Lambda Runtime API.

The channel to the API is inherited as standard input, kept open, and used with plain reads and
writes: one read and one write per invocation. Runs on Python 3.8 and later, without `site`.
"""

import builtins
import os
import sys
import time

_API = b"/2018-06-01/runtime/"
_NEXT = b"GET %sinvocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n" % _API
_READ = 64 * 1024
# What answers a response. It comes with the next invocation, and need not be read as HTTP.
_ACCEPTED = (b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
             b"Content-Length: 16\r\n\r\n{\"status\":\"OK\"}\n")

_environ = os.environ
_request_id = None


class Fault(Exception):
    """An error that the runtime reports in its own name."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = "Runtime." + kind
        self.message = message
        self.trace = trace


class Channel:
    """One kept-alive HTTP/1.1 connection."""

    def __init__(self, fd):
        self.fd = fd
        self.rest = b""

    def send(self, data):
        sent = os.write(self.fd, data)
        while sent < len(data):
            sent += os.write(self.fd, data[sent:])

    def more(self):
        data = os.read(self.fd, _READ)
        if not data:
            # The platform closed the channel: this environment is retired.
            sys.exit(0)
        return data

    def receive(self):
        """Returns the head and the body of the next answer that carries an invocation."""
        data = self.rest or self.more()
        while True:
            begin = len(_ACCEPTED) if data.startswith(_ACCEPTED) else 0
            end = data.find(b"\r\n\r\n", begin)
            if end < 0:
                data += self.more()
                continue
            head = data[begin:end]
            start = end + 4
            stop = start + int(_header(head, b"\r\nContent-Length: ") or 0)
            if len(data) < stop:
                parts, size = [data], len(data)
                while size < stop:
                    parts.append(self.more())
                    size += len(parts[-1])
                data = b"".join(parts)
            body, data = data[start:stop], data[stop:]
            if head.startswith(b"HTTP/1.1 200"):
                self.rest = data
                return head, body
            if not head.startswith((b"HTTP/1.1 202", b"HTTP/1.1 100")):
                status = head.split(b"\r\n", 1)[0]
                sys.stderr.write("Runtime API: %s %s\n" % (
                    status.decode("latin-1"), body.decode("utf-8", "replace")))
            if not data:
                data = self.more()


def _header(head, name):
    """The value of a header, as bytes. The platform spells names as its documentation does."""
    start = head.find(name)
    if start < 0:
        return None
    start += len(name)
    end = head.find(b"\r\n", start)
    return head[start:] if end < 0 else head[start:end]


def _post(path, body, headers=b""):
    """The bytes of a request."""
    return b"POST %s%s HTTP/1.1\r\nHost: runtime\r\n%sContent-Length: %d\r\n\r\n%s" % (
        _API, path, headers, len(body), body)


def _kind(report):
    """The header that names an error's type."""
    kind = "Lambda-Runtime-Function-Error-Type: %s\r\n" % report["errorType"]
    return kind.encode("latin-1", "replace")


class ClientContext:
    def __init__(self, values):
        self.custom = values.get("custom")
        self.env = values.get("env")
        client = values.get("client") or {}
        self.client = Client(client)


class Client:
    def __init__(self, values):
        self.installation_id = values.get("installation_id")
        self.app_title = values.get("app_title")
        self.app_version_name = values.get("app_version_name")
        self.app_version_code = values.get("app_version_code")
        self.app_package_name = values.get("app_package_name")


class CognitoIdentity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    # The same in every invocation.
    log_group_name = _environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name = _environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
    function_name = _environ.get("AWS_LAMBDA_FUNCTION_NAME")
    memory_limit_in_mb = _environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    function_version = _environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    client_context = None
    identity = CognitoIdentity()

    tenant_id = None

    # It was the same in every invocation so far; the line is that of its header.
    invoked_function_arn, _arn_line = None, b"\r\n\r\n"

    def __init__(self, request_id, head):
        self.aws_request_id = request_id
        self._head = head
        if self._arn_line not in head:
            self._note_arn(head)
        if b"\r\nLambda-Runtime-Aws-Tenant-Id: " in head:
            self.tenant_id = _header(head, b"\r\nLambda-Runtime-Aws-Tenant-Id: ").decode("latin-1")
        if b"\r\nLambda-Runtime-Client-Context: " in head:
            client = _header(head, b"\r\nLambda-Runtime-Client-Context: ")
            self.client_context = ClientContext(_header_json(client, "Client Context"))
        if b"\r\nLambda-Runtime-Cognito-Identity: " in head:
            identity = _header(head, b"\r\nLambda-Runtime-Cognito-Identity: ")
            values = _header_json(identity, "Cognito Identity")
            self.identity = CognitoIdentity()
            self.identity.cognito_identity_id = values.get("cognitoIdentityId")
            self.identity.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")

    @classmethod
    def _note_arn(cls, head):
        name = b"\r\nLambda-Runtime-Invoked-Function-Arn: "
        arn = _header(head, name)
        if arn is not None:
            cls._arn_line, cls.invoked_function_arn = name + arn, arn.decode("latin-1")

    @property
    def _epoch_deadline_time_in_ms(self):
        return int(_header(self._head, b"\r\nLambda-Runtime-Deadline-Ms: ") or 0)

    def get_remaining_time_in_millis(self):
        left = self._epoch_deadline_time_in_ms - int(time.time() * 1000)
        return left if left > 0 else 0

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        return "LambdaContext([aws_request_id=%s,log_group_name=%s,log_stream_name=%s," \
            "function_name=%s,memory_limit_in_mb=%s,function_version=%s,invoked_function_arn=%s," \
            "client_context=%s,identity=%s])" % (
                self.aws_request_id, self.log_group_name, self.log_stream_name,
                self.function_name, self.memory_limit_in_mb, self.function_version,
                self.invoked_function_arn, self.client_context, self.identity)


def _header_json(text, name):
    try:
        import json
        return json.loads(text.decode("utf-8"))
    except Exception as error:
        raise Fault("LambdaContextUnmarshalError", "Unable to parse %s JSON: %s" % (name, error))


def _default(value):
    decimal = sys.modules.get("decimal")
    if decimal is not None and isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def _load(name):
    module, dot, attribute = name.rpartition(".")
    if not dot:
        raise Fault("MalformedHandlerName",
                    "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    if module.split(".")[0] in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict",
                    "Cannot use built-in module %s as a handler module" % module)
    path = module.replace("/", ".")
    try:
        __import__(path)
        loaded = sys.modules[path]
    except ImportError as error:
        raise Fault("ImportModuleError", "Unable to import module '%s': %s%s"
                    % (module, error, _advice(error, path)))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Fault("UserCodeSyntaxError",
                    "Syntax error in module '%s': %s" % (module, error), trace)
    try:
        return getattr(loaded, attribute)
    except AttributeError:
        raise Fault("HandlerNotFound",
                    "Handler '%s' missing on module '%s'" % (attribute, module))


def _advice(error, handler):
    """What to do about a package that is absent; Lambda's own message comes first."""
    name = (getattr(error, "name", None) or "").split(".")[0]
    if not isinstance(error, ModuleNotFoundError) or name in ("", handler.split(".")[0]):
        return ""
    if name in ("boto3", "botocore"):
        return ("; AWS's runtimes bring it along, and this one does so for code of the function's own that "
                "imports it, unless `runtime_libraries` is false: list it in a requirements.txt beside the "
                "code and set `build: python`, or put it into a layer")
    return ("; a function sees nothing of the host's packages: list this one in a requirements.txt "
            "beside the code and set `build: python`, or put it into a layer")


def _report(error, request_id):
    """The error document of an exception, as Lambda words it."""
    if isinstance(error, Fault):
        kind, message, trace = error.kind, error.message, error.trace or []
    else:
        import traceback
        frames = [(f.filename, f.lineno, f.name, f.line)
                  for f in traceback.extract_tb(error.__traceback__)]
        own = [i for i, f in enumerate(frames) if "/bootstrap.py" not in f[0]]
        frames = frames[own[0]:] if own else frames
        kind, message = type(error).__name__, str(error)
        trace = traceback.format_list(frames)
    return {"errorMessage": message, "errorType": kind, "requestId": request_id or "",
            "stackTrace": trace}


def _log_error(report):
    if _environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        record = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                  "level": "ERROR"}
        record.update(report)
        sys.stdout.write(_encode(record) + "\n")
        return
    lines = ["[ERROR] %s: %s" % (report["errorType"], report["errorMessage"]),
             "Traceback (most recent call last):"]
    for element in report["stackTrace"]:
        for line in element.splitlines():
            text = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(text)) + text)
    # A carriage return keeps the trace in one record.
    sys.stdout.write("\r".join(lines).replace("\n", "\r") + "\n")


class _LoggingHook:
    """Gives the root logger Lambda's handler when, and only if, the function imports logging."""

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                break
        else:
            return None
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            _configure_logging(module)

        spec.loader.exec_module = exec_module
        return spec


def _configure_logging(logging):
    as_json = _environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    logging.Formatter.converter = time.gmtime

    class LambdaLoggerHandler(logging.Handler):
        def emit(self, record):
            sys.stdout.write(self.format(record))

    class RequestFilter(logging.Filter):
        def filter(self, record):
            record.aws_request_id = _request_id or ""
            record.tenant_id = None
            return True

    class JsonFormatter(logging.Formatter):
        def format(self, record):
            entry = {
                "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
                "requestId": record.aws_request_id,
            }
            if record.exc_info and record.exc_info[0]:
                entry["errorType"] = record.exc_info[0].__name__
                entry["errorMessage"] = str(record.exc_info[1])
                entry["stackTrace"] = self.formatException(record.exc_info).splitlines()
            return _encode(entry) + "\n"

    class TextFormatter(logging.Formatter):
        def format(self, record):
            # A carriage return keeps a message of several lines in one record.
            return super().format(record).replace("\n", "\r") + "\n"

    handler = LambdaLoggerHandler()
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
        "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RequestFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = _environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level)
    if level in logging._nameToLevel:
        root.setLevel(level)


def _prepare():
    """Returns the channel. Standard input becomes /dev/null, so a function cannot disturb it."""
    channel = Channel(os.dup(0))
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")
    root = _environ.get("LAMBDA_TASK_ROOT", os.getcwd())
    layers = _environ.get("TIDEGATE_LAYERS", "/opt") + "/python"
    version = "%s/lib/python%d.%d/site-packages" % ((layers,) + sys.version_info[:2])
    sys.path[0:1] = [root, version, layers]
    # Also where the function has a PYTHONPATH of its own.
    libraries = _environ.get("TIDEGATE_LIBRARIES")
    if libraries and libraries not in sys.path:
        sys.path.append(libraries)
    sys.argv = [_environ.get("_HANDLER", "")]
    # `site`, which is skipped for speed, would define these.
    builtins.exit = builtins.quit = sys.exit
    sys.meta_path.insert(0, _LoggingHook())
    return channel


def _listen_for_debugger(port, wait):
    """Lets a debugger attach with the `debugpy` that the function brings."""
    try:
        import debugpy
    except ImportError:
        raise Fault("DebuggerMissing", "--debug-port needs `debugpy` among the function's own "
                    "packages: add it to requirements.txt and set `build: python`, or put it into "
                    "a layer")
    # The environment before may not have let go of the port yet.
    for left in range(49, -1, -1):
        try:
            debugpy.listen(("127.0.0.1", port))
            break
        except Exception as error:
            if not left:
                raise Fault("DebuggerPort", "cannot listen on 127.0.0.1:%d for a debugger: %s"
                            % (port, error))
            time.sleep(0.1)
    sys.stderr.write("debugger: %s on 127.0.0.1:%d\n" % (
        "waiting" if wait else "listening", port))
    if wait:
        debugpy.wait_for_client()


def _run():
    global _request_id, _encode
    channel = _prepare()
    port = _environ.pop("TIDEGATE_DEBUG_PORT", None)
    wait = _environ.pop("TIDEGATE_DEBUG_WAIT", None)
    try:
        if port:
            _listen_for_debugger(int(port), wait is not None)
        handler = _load(_environ["_HANDLER"])
    except Exception as error:
        _define_encoder()
        report = _report(error, None)
        _log_error(report)
        sys.stdout.flush()
        channel.send(_post(b"init/error", _encode(report).encode("utf-8"), _kind(report)))
        channel.more()
        sys.exit(1)
    _define_encoder()
    decode, encode = _define_decoder(), _encode
    out, err = sys.stdout, sys.stderr
    tell_trace = _define_trace()
    # What loading printed is not the first invocation's.
    out.flush()
    err.flush()
    channel.send(_NEXT)
    while True:
        head, body = channel.receive()
        id_bytes = _header(head, b"\r\nLambda-Runtime-Aws-Request-Id: ")
        request_id = _request_id = id_bytes.decode("latin-1")
        trace = _header(head, b"\r\nLambda-Runtime-Trace-Id: ")
        if trace:
            tell_trace(trace)
        try:
            context = LambdaContext(request_id, head)
            try:
                event = decode(body)
            except Exception as error:
                raise Fault("UnmarshalError", "Unable to unmarshal input: %s" % error)
            result = handler(event, context)
            try:
                payload = result if type(result) is bytes else encode(result).encode("utf-8")
            except Exception as error:
                raise Fault("MarshalError", "Unable to marshal response: %s" % error)
            answer = _post(b"invocation/%s/response" % id_bytes, payload)
        except Exception as error:
            report = _report(error, request_id)
            _log_error(report)
            payload = encode(report).encode("utf-8", "backslashreplace")
            answer = _post(b"invocation/%s/error" % id_bytes, payload, _kind(report))
            event = result = report = None
        out.flush()
        err.flush()
        channel.send(answer + _NEXT)


def _define_trace():
    """How `_X_AMZN_TRACE_ID` changes with each invocation. The C library keeps every value that a
    variable ever had, so only a program that this one starts is told of it there."""
    name = b"_X_AMZN_TRACE_ID"
    values = getattr(_environ, "_data", None)
    if not isinstance(values, dict) or not all(type(key) is bytes for key in values):
        def tell(trace):
            _environ["_X_AMZN_TRACE_ID"] = trace.decode("latin-1")
        return tell

    def tell_program(event, _):
        if event in _STARTS:
            trace = values.get(name)
            if trace is not None:
                os.putenv(name, trace)

    sys.addaudithook(tell_program)

    def tell(trace):
        values[name] = trace
    return tell


_STARTS = frozenset(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"))


class _Scanning:
    """What `json.loads` tells its scanner."""
    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int = float, int

    @staticmethod
    def parse_constant(name):
        return float(name.replace("Infinity", "inf"))


def _define_decoder():
    """`json.loads`. The package `json` imports `re`, which takes as long as the interpreter's own
    start; only text that its scanner does not take as it is goes there."""
    try:
        from _json import make_scanner
        scan = make_scanner(_Scanning())
    except (ImportError, TypeError, AttributeError):
        import json
        return json.loads

    def decode(body):
        try:
            text = body.decode("utf-8")
            value, end = scan(text, 0)
            if end == len(text):
                return value
        except Exception:
            # The package words its errors.
            pass
        import json
        return json.loads(body)

    return decode


def _define_encoder():
    """`json.dumps` with Lambda's settings, prepared once and again without the package `json`."""
    global _encode
    # Lambda's runtimes stopped escaping with Python 3.12.
    ascii_only = sys.version_info < (3, 12)

    def full(value):
        import json
        return json.JSONEncoder(ensure_ascii=ascii_only, default=_default).encode(value)

    seen = {}
    try:
        import _json
        escape = _json.encode_basestring_ascii if ascii_only else _json.encode_basestring
        write = _json.make_encoder(seen, _default, escape, None, ": ", ", ", False, False, True)
    except (ImportError, TypeError, AttributeError):
        _encode = full
        return

    def encode(value):
        try:
            return "".join(write(value, 0))
        except Exception:
            # The package words its errors.
            seen.clear()
            return full(value)

    _encode = encode


if __name__ == "__main__":
    _run()
