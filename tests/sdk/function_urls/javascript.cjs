const {
  CreateFunctionUrlConfigCommand, DeleteFunctionUrlConfigCommand, GetFunctionUrlConfigCommand, InvokeWithResponseStreamCommand,
  LambdaClient, UpdateFunctionUrlConfigCommand, paginateListFunctionUrlConfigs,
} = require('@aws-sdk/client-lambda')
const { assert, main, refused } = require('../asked.cjs')

main(async () => {
  const lambda = new LambdaClient({ maxAttempts: 1 })
  const made = await lambda.send(new CreateFunctionUrlConfigCommand({
    FunctionName: 'hello', AuthType: 'NONE', Cors: { AllowOrigins: ['*'], AllowMethods: ['*'] } }))
  assert.match(made.FunctionUrl, /^http:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.localhost:\d+\/$/)
  assert.deepEqual(made.Cors, { AllowOrigins: ['*'], AllowMethods: ['*'] })
  const changed = await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'hello', InvokeMode: 'RESPONSE_STREAM' }))
  assert.deepEqual([changed.InvokeMode, changed.FunctionUrl], ['RESPONSE_STREAM', made.FunctionUrl])
  const urls = []
  for await (const page of paginateListFunctionUrlConfigs({ client: lambda, pageSize: 1 }, { FunctionName: 'hello' })) {
    urls.push(...page.FunctionUrlConfigs.map((one) => one.FunctionUrl))
  }
  assert.deepEqual(urls, [made.FunctionUrl])
  await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName: 'hello' }))
  await refused('ResourceNotFoundException', lambda, new GetFunctionUrlConfigCommand({ FunctionName: 'hello' }))

  const stream = async (FunctionName, payload) => {
    const answer = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(payload) }))
    const chunks = []
    let complete
    for await (const event of answer.EventStream) {
      if (event.PayloadChunk) chunks.push(Buffer.from(event.PayloadChunk.Payload))
      if (event.InvokeComplete) complete = event.InvokeComplete
    }
    return [Buffer.concat(chunks).toString(), complete]
  }
  assert.deepEqual(await stream('hello', { n: 1 }), ['{"n": 1}', {}])
  assert.deepEqual(await stream('count', {}), ['one;two;', {}])
  const [said, complete] = await stream('count', { fail: 'midway' })
  assert.equal(said, 'one;')
  assert.equal(complete.ErrorCode, 'Unhandled')
})
