// Runs a Node function: loads its handler and speaks the Lambda Runtime API.
//
// The channel to the API is inherited as standard input, kept open, and used with blocking reads and
// writes: one of each per invocation. Between invocations the event loop stands still, as it does
// on Lambda, whose environments are frozen then. Runs on Node 16 and later.

'use strict';

const fs = require('fs');
const path = require('path');

const CHANNEL = 0;
const API = '/2018-06-01/runtime/';
const NEXT = `GET ${API}invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n`;
// What answers a response. It comes with the next invocation, and need not be read as HTTP.
const ACCEPTED = Buffer.from(
  'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n' +
    'Content-Length: 16\r\n\r\n{"status":"OK"}\n',
);
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');
const env = process.env;

// ---- errors, named as Lambda names them

function runtimeError(name) {
  const kind = class extends Error {};
  Object.defineProperty(kind, 'name', { value: name });
  kind.prototype.name = `Runtime.${name}`;
  return kind;
}

const ImportModuleError = runtimeError('ImportModuleError');
const HandlerNotFound = runtimeError('HandlerNotFound');
const MalformedHandlerName = runtimeError('MalformedHandlerName');
const UserCodeSyntaxError = runtimeError('UserCodeSyntaxError');
const MalformedStreamingHandler = runtimeError('MalformedStreamingHandler');
const InvalidStreamingOperation = runtimeError('InvalidStreamingOperation');
const MarshalError = runtimeError('MarshalError');
const UnhandledPromiseRejection = runtimeError('UnhandledPromiseRejection');
const NodeJsExit = runtimeError('NodeJsExit');

const NEVER_SETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly ' +
  'caused by a Promise that was never settled. For more information, see ' +
  'https://nodejs.org/docs/latest/api/process.html#exit-codes';

function isError(value) {
  return (
    value instanceof Error ||
    (value &&
      typeof value.name === 'string' &&
      typeof value.message === 'string' &&
      typeof value.stack === 'string')
  );
}

function errorDocument(error) {
  try {
    if (isError(error)) {
      return {
        errorType: error.name,
        errorMessage: error.message,
        trace: String(error.stack).split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch (_) {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or ' +
        'more of its message, name, and stack',
    };
  }
}

// ---- console

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const logsJson = (env.AWS_LAMBDA_LOG_FORMAT || '').toUpperCase() === 'JSON';
let util;

function format(parameters) {
  if (parameters.length === 1 && typeof parameters[0] === 'string') return parameters[0];
  util = util || require('util');
  return util.format(...parameters);
}

function print(text) {
  try {
    fs.writeSync(1, text);
  } catch (error) {
    // The function made its own output non-blocking.
    if (error.code === 'EAGAIN') process.stdout.write(text);
  }
}

function jsonError(_key, value) {
  if (!(value instanceof Error)) return value;
  const trace = typeof value.stack === 'string' ? value.stack.split('\n') : value.stack;
  const name = (value.constructor && value.constructor.name) || 'UnknownError';
  return { errorType: name, errorMessage: value.message, stackTrace: trace, ...value };
}

function jsonEntry(level, parameters) {
  const entry = { timestamp: new Date().toISOString(), level, requestId: globalThis[REQUEST_ID] };
  if (parameters.length === 1) {
    try {
      return JSON.stringify({ ...entry, message: parameters[0] }, jsonError);
    } catch (_) {
      return JSON.stringify({ ...entry, message: format(parameters) });
    }
  }
  entry.message = format(parameters);
  const error = parameters.find((parameter) => parameter instanceof Error);
  return JSON.stringify(error ? { ...entry, ...jsonError('', error) } : entry);
}

function log(level, parameters) {
  if (logsJson) return print(jsonEntry(level, parameters) + '\n');
  const text = format(parameters);
  // A carriage return keeps a message of several lines in one record.
  const line = text.includes('\n') ? text.replace(/\n/g, '\r') : text;
  print(`${new Date().toISOString()}\t${globalThis[REQUEST_ID]}\t${level}\t${line}\n`);
}

function patchConsole() {
  const least = Math.max(0, LEVELS.indexOf((env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase()));
  const at = (level) =>
    LEVELS.indexOf(level) < least ? () => {} : (...parameters) => log(level, parameters);
  console.trace = at('TRACE');
  console.debug = at('DEBUG');
  console.info = at('INFO');
  console.log = console.info;
  console.warn = at('WARN');
  console.error = at('ERROR');
  console.fatal = at('FATAL');
}

function logError(message, error) {
  if (logsJson) return console.error(error instanceof Error ? error : new Error(error));
  const described = error instanceof Error ? error : new Error(error);
  let text;
  try {
    text = JSON.stringify(described, (_key, value) => {
      if (!(value instanceof Error)) return value;
      const stack = typeof value.stack === 'string' ? value.stack.split('\n') : undefined;
      return { errorType: value.name, errorMessage: value.message, code: value.code, ...value, stack };
    });
  } catch (_) {
    text = JSON.stringify(errorDocument(error));
  }
  console.error(message, '\t' + text);
}

// ---- the trace

let trace;

// `_X_AMZN_TRACE_ID` changes with each invocation, and the C library keeps every value that a variable
// ever had. So this one is kept here; programs that the function starts are given it all the same.
function keepTrace() {
  const name = '_X_AMZN_TRACE_ID';
  env[name] = '';
  process.env = new Proxy(env, {
    get: (target, key) => (key === name ? trace : target[key]),
    has: (target, key) => (key === name ? trace !== undefined : key in target),
    set(target, key, value) {
      if (key === name) trace = String(value);
      else target[key] = value;
      return true;
    },
    deleteProperty(target, key) {
      if (key !== name) return delete target[key];
      trace = undefined;
      return true;
    },
    getOwnPropertyDescriptor(target, key) {
      if (key !== name) return Reflect.getOwnPropertyDescriptor(target, key);
      if (trace === undefined) return undefined;
      return { value: trace, writable: true, enumerable: true, configurable: true };
    },
  });
}

// ---- the channel

let buffer = Buffer.allocUnsafe(64 * 1024);
let filled = 0;
let consumed = 0;

function send(text, size = Buffer.byteLength(text)) {
  const sent = fs.writeSync(CHANNEL, text);
  if (sent < size) sendBytes(Buffer.from(text).subarray(sent));
}

function sendBytes(bytes) {
  for (let sent = 0; sent < bytes.length; ) sent += fs.writeSync(CHANNEL, bytes, sent);
}

// Blocks until at least one more byte is in the buffer; false when the channel is closed.
function fill(room) {
  if (buffer.length - filled < room) {
    const larger = Buffer.allocUnsafe(Math.max(64 * 1024, filled - consumed + room));
    buffer.copy(larger, 0, consumed, filled);
    buffer = larger;
    filled -= consumed;
    consumed = 0;
  }
  for (;;) {
    try {
      const count = fs.readSync(CHANNEL, buffer, filled, buffer.length - filled, null);
      filled += count;
      return count > 0;
    } catch (error) {
      if (error.code === 'EINTR') continue;
      if (error.code === 'EOF' || error.code === 'ECONNRESET') return false;
      throw error;
    }
  }
}

function skipAccepted() {
  const after = consumed + ACCEPTED.length;
  if (after < filled && ACCEPTED.compare(buffer, consumed, after) === 0) consumed = after;
}

// The platform spells headers as its documentation does.
function header(headers, name) {
  const at = headers.indexOf(`\r\n${name}: `);
  if (at < 0) return undefined;
  const start = at + name.length + 4;
  const end = headers.indexOf('\r\n', start);
  return headers.slice(start, end < 0 ? headers.length : end);
}

// The next invocation, or null when the platform closed the channel.
function receive() {
  for (;;) {
    if (consumed === filled) {
      consumed = filled = 0;
      if (!fill(4096)) return null;
    }
    skipAccepted();
    let end;
    while ((end = buffer.indexOf('\r\n\r\n', consumed)) < 0 || end + 4 > filled) {
      if (!fill(4096)) return null;
    }
    const headers = buffer.latin1Slice(consumed, end);
    const head = end + 4 - consumed;
    const length = Number(header(headers, 'Content-Length') || 0);
    while (filled - consumed < head + length) {
      if (!fill(head + length - (filled - consumed))) return null;
    }
    const start = consumed + head;
    const body = buffer.utf8Slice(start, start + length);
    consumed = start + length;
    if (consumed === filled && buffer.length > 1024 * 1024) {
      buffer = Buffer.allocUnsafe(64 * 1024);
      consumed = filled = 0;
    }
    const status = headers.slice(9, 12);
    if (status === '200') return { headers, body };
    if (status === '202' || status === '100') continue;
    print(`Runtime API: ${headers.split('\r\n', 1)[0]} ${body}\n`);
  }
}

function sendResponse(id, body) {
  const size = Buffer.byteLength(body);
  const head =
    `POST ${API}invocation/${id}/response HTTP/1.1\r\nHost: runtime\r\n` +
    `Content-Length: ${size}\r\n\r\n`;
  send(head + body + NEXT, head.length + size + NEXT.length);
}

function postError(target, error, after) {
  const document = errorDocument(error);
  const kind = String(document.errorType).replace(/[^\x20-\x7e]/g, '?');
  const body = JSON.stringify(document);
  send(
    `POST ${API}${target} HTTP/1.1\r\nHost: runtime\r\n` +
      `Lambda-Runtime-Function-Error-Type: ${kind}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}${after}`,
  );
}

// ---- the handler

function hasModuleType(folder) {
  for (;;) {
    if (folder.endsWith('/node_modules')) return false;
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) {
      try {
        return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
      } catch (error) {
        console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
        return false;
      }
    }
    if (folder === path.dirname(folder)) return false;
    folder = path.dirname(folder);
  }
}

// Imports look in the folders of NODE_PATH as well, after their own, as Lambda has it from Node 18 on.
function searchNodePath() {
  if (!env.TIDEGATE_LIBRARIES && !env.TIDEGATE_LAYERS) return;
  const module = require('module');
  if (typeof module.register !== 'function') return;
  const { pathToFileURL } = require('url');
  const folders = (env.NODE_PATH || '').split(':').filter((it) => it.endsWith('/node_modules'));
  const parents = folders.map((it) => pathToFileURL(path.join(it, '..', 'index.js')).href);
  const hook = `
    const parents = ${JSON.stringify(parents)};
    export async function resolve(specifier, context, next) {
      try {
        return await next(specifier, context);
      } catch (error) {
        if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^([./]|[a-z]+:)/.test(specifier)) throw error;
        for (const parentURL of parents) {
          try {
            return await next(specifier, { ...context, parentURL });
          } catch {}
        }
        throw error;
      }
    }`;
  module.register(`data:text/javascript,${encodeURIComponent(hook)}`);
}

async function loadModule(root, folder, name) {
  const file = path.resolve(root, folder, name);
  const readsTypes = Number(process.versions.node.split('.')[0]) >= 24;
  const isModule = hasModuleType(path.dirname(file));
  const esm = () => [
    ...(isModule ? ['.js'] : []),
    '.mjs',
    ...(readsTypes ? ['.mts', ...(isModule ? ['.ts'] : [])] : []),
  ];
  if (fs.existsSync(file) && fs.statSync(file).isFile()) return require(file);
  if (!isModule && fs.existsSync(file + '.js')) return require(file + '.js');
  for (const extension of esm()) {
    if (fs.existsSync(file + extension)) {
      searchNodePath();
      return import(require('url').pathToFileURL(file + extension).href);
    }
  }
  for (const extension of ['.cjs', ...(readsTypes ? ['.ts', '.cts'] : [])]) {
    if (fs.existsSync(file + extension)) return require(file + extension);
  }
  return require(require.resolve(name, { paths: [root, path.resolve(root, folder)] }));
}

async function load(root, handler) {
  if (handler.includes('..')) {
    throw new MalformedHandlerName(
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root ` +
        'directories in handler names.',
    );
  }
  const last = path.basename(handler);
  const folder = handler.substring(0, handler.indexOf(last));
  const dot = last.indexOf('.');
  if (dot < 0) throw new MalformedHandlerName('Bad handler');
  let loaded;
  try {
    loaded = await loadModule(root, folder, last.slice(0, dot));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(error);
    if (error && error.code === 'MODULE_NOT_FOUND') throw new ImportModuleError(error);
    throw error;
  }
  const found = last.slice(dot + 1).split('.').reduce((value, key) => value && value[key], loaded);
  if (!found) throw new HandlerNotFound(`${handler} is undefined or not exported`);
  if (typeof found !== 'function') throw new HandlerNotFound(`${handler} is not a function`);
  return found;
}

// ---- invocations

let handler;
let current = null;
let onEmptyLoop = () => {};

function parseHeader(text, name) {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error}`);
  }
}

const environment = {
  functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
  functionName: env.AWS_LAMBDA_FUNCTION_NAME,
  memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
};

function describe(context, headers) {
  const deadline = header(headers, 'Lambda-Runtime-Deadline-Ms');
  context.functionVersion = environment.functionVersion;
  context.functionName = environment.functionName;
  context.memoryLimitInMB = environment.memoryLimitInMB;
  context.logGroupName = environment.logGroupName;
  context.logStreamName = environment.logStreamName;
  context.clientContext = parseHeader(header(headers, 'Lambda-Runtime-Client-Context'), 'ClientContext');
  context.identity = parseHeader(header(headers, 'Lambda-Runtime-Cognito-Identity'), 'CognitoIdentity');
  context.invokedFunctionArn = header(headers, 'Lambda-Runtime-Invoked-Function-Arn');
  context.awsRequestId = header(headers, 'Lambda-Runtime-Aws-Request-Id');
  context.tenantId = header(headers, 'Lambda-Runtime-Aws-Tenant-Id');
  context.getRemainingTimeInMillis = () => deadline - Date.now();
  return context;
}

// Lets the event loop turn once before the next invocation is waited for.
function proceed() {
  onEmptyLoop = () => {};
  setImmediate(serve);
}

function serve() {
  const invocation = receive();
  if (invocation === null) {
    // Retired. A SIGTERM listener of the function's has its turn first.
    setTimeout(() => process.exit(0), 100);
    return;
  }
  const { headers, body } = invocation;
  const id = header(headers, 'Lambda-Runtime-Aws-Request-Id');
  current = id;
  globalThis[REQUEST_ID] = id;
  trace = header(headers, 'Lambda-Runtime-Trace-Id');
  if (handler[STREAMING] === 'response') serveStream(id, headers, body);
  else serveBuffered(id, headers, body);
}

function serveBuffered(id, headers, body) {
  let waits = true;
  let called = false;
  let done = false;

  const fail = (error) => {
    if (done) return;
    done = true;
    logError('Invoke Error', error);
    current = null;
    postError(`invocation/${id}/error`, error, NEXT);
    proceed();
  };
  const complete = (result) => {
    if (done) return;
    let text;
    try {
      text = JSON.stringify(result === undefined ? null : result);
      if (text === undefined) text = 'null';
    } catch (error) {
      return fail(new MarshalError(`Unable to stringify response body: ${error.message}`));
    }
    done = true;
    current = null;
    sendResponse(id, text);
    proceed();
  };
  const once = (action) => (...parameters) => {
    if (called) return;
    called = true;
    onEmptyLoop = () => {};
    action(...parameters);
  };
  const failWith = (error) => fail(error === undefined || error === null ? 'handled' : error);
  const settle = (error, result) =>
    error === undefined || error === null ? complete(result) : fail(error);
  const callback = once((error, result) => {
    if (error !== undefined && error !== null) return fail(error);
    if (!waits) return complete(result);
    onEmptyLoop = () => setImmediate(() => complete(result));
  });
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
    succeed: once(complete),
    fail: once(failWith),
    done: once(settle),
  };
  const isAsync = handler.constructor && handler.constructor.name === 'AsyncFunction';
  // Nothing is left that could call back.
  onEmptyLoop = () => {
    called = true;
    if (isAsync) fail(new NodeJsExit(NEVER_SETTLED));
    else complete(null);
  };
  try {
    const result = handler(JSON.parse(body), describe(context, headers), callback);
    if (result && typeof result.then === 'function') {
      result.then(context.succeed, context.fail).catch(context.fail);
    }
  } catch (error) {
    once(fail)(error);
  }
}

async function serveStream(id, headers, body) {
  let waits = true;
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
  };
  const response = openStream(id);
  onEmptyLoop = () => {
    response.fail(new NodeJsExit(NEVER_SETTLED));
    proceed();
  };
  const end = () => {
    current = null;
    if (!waits) return proceed();
    onEmptyLoop = proceed;
  };
  try {
    const result = handler(JSON.parse(body), response.stream, describe(context, headers));
    if (!result || typeof result.then !== 'function') {
      throw new Error('Streaming does not support non-async handlers.');
    }
    const returned = await result;
    if (returned !== undefined) console.warn('Streaming handlers ignore return values.');
    if (response.stream.writableEnded) await response.finished;
    else throw new Error('Response stream is not finished.');
    end();
  } catch (error) {
    logError('Invoke Error', error);
    response.fail(error);
    end();
  }
}

function openStream(id) {
  const { Writable } = require('stream');
  let contentType = 'application/octet-stream';
  let begun = false;
  let ended = false;
  const chunk = (bytes) => {
    if (bytes.length === 0) return;
    sendBytes(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]));
  };
  const begin = () => {
    if (begun) return;
    begun = true;
    send(
      `POST ${API}invocation/${id}/response HTTP/1.1\r\nHost: runtime\r\n` +
        'Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n' +
        'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n' +
        `Content-Type: ${contentType}\r\n\r\n`,
    );
    const before = stream._onBeforeFirstWrite;
    if (typeof before === 'function') before((part) => chunk(Buffer.from(part)));
  };
  const stream = new Writable({
    highWaterMark: handler[HIGH_WATER_MARK],
    write(bytes, _encoding, callback) {
      begin();
      chunk(bytes);
      callback();
    },
    final(callback) {
      begin();
      ended = true;
      send('0\r\n\r\n' + NEXT);
      callback();
    },
  });
  const write = stream.write;
  stream.write = function (part, ...rest) {
    const plain = typeof part === 'string' || part instanceof Uint8Array;
    return write.call(this, plain ? part : JSON.stringify(part), ...rest);
  };
  stream.setContentType = (type) => {
    if (begun) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    contentType = String(type).replace(/[\r\n]/g, '');
  };
  const finished = new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
  finished.catch(() => {});
  const fail = (error) => {
    if (ended) return;
    ended = true;
    if (!begun) {
      postError(`invocation/${id}/error`, error, NEXT);
      begun = true;
      return;
    }
    const document = errorDocument(error);
    const kind = String(document.errorType).replace(/[^\x20-\x7e]/g, '?');
    const encoded = Buffer.from(JSON.stringify(document)).toString('base64');
    send(
      `0\r\nLambda-Runtime-Function-Error-Type: ${kind}\r\n` +
        `Lambda-Runtime-Function-Error-Body: ${encoded}\r\n\r\n${NEXT}`,
    );
  };
  return { stream, finished, fail };
}

// ---- start

function fatal(message, error, code) {
  logError(message, error);
  postError(current === null ? 'init/error' : `invocation/${current}/error`, error, '');
  process.exit(code);
}

function prepare() {
  patchConsole();
  keepTrace();
  // The channel is not the function's to read.
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    get() {
      const stdin = require('stream').Readable.from([]);
      Object.defineProperty(process, 'stdin', { value: stdin });
      return stdin;
    },
  });
  process.on('uncaughtException', (error) => fatal('Uncaught Exception', error, 129));
  process.on('unhandledRejection', (reason, promise) => {
    const error = new UnhandledPromiseRejection(reason);
    error.reason = reason;
    error.promise = promise;
    fatal('Unhandled Promise Rejection', error, 128);
  });
  process.on('beforeExit', () => onEmptyLoop());
  const absent = ['1', 'true'].includes(env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA);
  if (!absent) {
    globalThis.awslambda = {
      streamifyResponse(streamed, options) {
        streamed[STREAMING] = 'response';
        if (options && typeof options.highWaterMark === 'number') {
          streamed[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
        }
        return streamed;
      },
      HttpResponseStream: {
        from(stream, prelude) {
          stream.setContentType('application/vnd.awslambda.http-integration-response');
          const text = JSON.stringify(prelude);
          stream._onBeforeFirstWrite = (write) => {
            write(text);
            write(new Uint8Array(8));
          };
          return stream;
        },
      },
    };
  }
}

async function start() {
  prepare();
  try {
    handler = await load(env.LAMBDA_TASK_ROOT || process.cwd(), env._HANDLER || '');
    const streaming = handler[STREAMING];
    if (streaming && streaming !== 'response') {
      throw new MalformedStreamingHandler('Only response streaming is supported.');
    }
  } catch (error) {
    fatal('Uncaught Exception', error, 1);
  }
  send(NEXT);
  proceed();
}

start();
