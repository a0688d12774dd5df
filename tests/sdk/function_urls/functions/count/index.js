// Streams two numbers; fails after the first where the event says so.
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.fail) {
    stream.write('one;')
    await new Promise((resolve) => setImmediate(resolve))
    throw new RangeError(event.fail)
  }
  if (event.version === '2.0') {
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'x-kind': 'numbers' } })
  }
  console.log('counting')
  stream.write('one;')
  await new Promise((resolve) => setImmediate(resolve))
  stream.end('two;')
})
