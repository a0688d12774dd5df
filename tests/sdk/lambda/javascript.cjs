const {
  CreateAliasCommand, DeleteFunctionConcurrencyCommand, GetAccountSettingsCommand, GetFunctionCommand, InvokeCommand,
  LambdaClient, ListFunctionsCommand, PublishVersionCommand, PutFunctionConcurrencyCommand, UpdateAliasCommand,
} = require('@aws-sdk/client-lambda')
const { assert, main, refused } = require('../asked.cjs')

main(async () => {
  const lambda = new LambdaClient({ maxAttempts: 1 })
  const invoke = async (more) => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName: 'hello', Payload: '{"a":1}', ...more }))
    const text = Buffer.from(answer.Payload ?? '').toString()
    return { ...answer, said: text === '' ? undefined : JSON.parse(text) }
  }
  const answer = await invoke({ LogType: 'Tail' })
  assert.equal(answer.StatusCode, 200)
  assert.deepEqual(answer.said.event, { a: 1 })
  assert.match(Buffer.from(answer.LogResult, 'base64').toString(), /hello from \$LATEST/)
  const failed = await invoke({ Payload: '{"fail":"no"}' })
  assert.equal(failed.FunctionError, 'Unhandled')
  assert.equal(failed.said.errorType, 'ValueError')
  assert.equal((await invoke({ InvocationType: 'Event' })).StatusCode, 202)
  await refused('ResourceNotFoundException', lambda, new InvokeCommand({ FunctionName: 'nobody' }))

  const own = await lambda.send(new GetFunctionCommand({ FunctionName: 'hello' }))
  assert.equal(own.Configuration.State, 'Active')
  const { Functions } = await lambda.send(new ListFunctionsCommand({}))
  assert.deepEqual(Functions.map((one) => one.FunctionName), ['hello'])

  const { Version } = await lambda.send(new PublishVersionCommand({
    FunctionName: 'hello', RevisionId: own.Configuration.RevisionId }))
  await refused('PreconditionFailedException', lambda, new PublishVersionCommand({
    FunctionName: 'hello', RevisionId: '00000000-0000-4000-8000-000000000000' }))
  const alias = await lambda.send(new CreateAliasCommand({ FunctionName: 'hello', Name: 'prod', FunctionVersion: Version }))
  assert.equal((await invoke({ Qualifier: 'prod' })).said.version, Version)
  await refused('PreconditionFailedException', lambda, new UpdateAliasCommand({
    FunctionName: 'hello', Name: 'prod', Description: 'late', RevisionId: `${alias.RevisionId.slice(0, -1)}f` }))

  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'hello', ReservedConcurrentExecutions: 0 }))
  const throttled = await refused('TooManyRequestsException', lambda, new InvokeCommand({ FunctionName: 'hello' }))
  assert.equal(throttled.Reason, 'ReservedFunctionConcurrentInvocationLimitExceeded')
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'hello' }))
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
  assert.equal(AccountLimit.ConcurrentExecutions, 1000)
})
