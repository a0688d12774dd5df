const { execFileSync } = require('node:child_process')
const { readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const la = require('@aws-sdk/client-lambda')
const {
  CreateAliasCommand, DeleteFunctionConcurrencyCommand, GetAccountSettingsCommand, GetFunctionCommand, InvokeCommand,
  LambdaClient, ListFunctionsCommand, PublishVersionCommand, PutFunctionConcurrencyCommand, UpdateAliasCommand,
} = la
const { assert, main, refused } = require('../asked.cjs')

/** A zip file with a function that answers this. */
function zipped(answer) {
  const folder = process.env.STACK
  writeFileSync(join(folder, 'index.py'), `def handler(event, context):\n    return "${answer}"\n`)
  execFileSync('python3', ['-m', 'zipfile', '-c', 'code.zip', 'index.py'], { cwd: folder })
  return readFileSync(join(folder, 'code.zip'))
}

/** A function's life: made, changed, published, named, deleted. */
async function made(lambda) {
  const FunctionName = 'made'
  const ask = (name, input) => lambda.send(new la[`${name}Command`]({ FunctionName, ...input }))
  const refuses = (code, name, input) => refused(code, lambda, new la[`${name}Command`]({ FunctionName, ...input }))
  const said = async (Qualifier) => Buffer.from((await ask('Invoke', { Qualifier })).Payload).toString()

  const Role = 'arn:aws:iam::000000000000:role/x'
  const settings = { Runtime: 'python3.11', Handler: 'index.handler', Role, Code: { ZipFile: zipped('one') } }
  const { FunctionArn } = await ask('CreateFunction', { ...settings, Tags: { team: 'blue' } })
  await refuses('ResourceConflictException', 'CreateFunction', settings)
  assert.equal(await said(), '"one"')
  assert.equal((await ask('PublishVersion')).Version, '1')
  const two = zipped('two')
  await ask('UpdateFunctionCode', { ZipFile: two })
  await la.waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 30 }, { FunctionName })
  assert.deepEqual([await said(), await said('1')], ['"two"', '"one"'])
  const { Versions } = await ask('ListVersionsByFunction')
  assert.deepEqual(Versions.map((one) => one.Version), ['$LATEST', '1'])
  const { Location } = (await ask('GetFunction', { Qualifier: '$LATEST' })).Code
  assert.deepEqual(Buffer.from(await (await fetch(Location)).arrayBuffer()), two)
  assert.equal((await ask('UpdateFunctionConfiguration', { MemorySize: 256 })).MemorySize, 256)
  assert.equal((await ask('GetFunctionConfiguration')).MemorySize, 256)

  await ask('CreateAlias', { Name: 'prod', FunctionVersion: '1' })
  assert.equal((await ask('GetAlias', { Name: 'prod' })).FunctionVersion, '1')
  assert.deepEqual((await ask('ListAliases')).Aliases.map((one) => one.Name), ['prod'])
  await refuses('ProvisionedConcurrencyConfigNotFoundException', 'GetProvisionedConcurrencyConfig', { Qualifier: 'prod' })
  await ask('PutProvisionedConcurrencyConfig', { Qualifier: 'prod', ProvisionedConcurrentExecutions: 1 })
  const provisioned = (await ask('ListProvisionedConcurrencyConfigs')).ProvisionedConcurrencyConfigs
  assert.deepEqual(provisioned.map((one) => one.RequestedProvisionedConcurrentExecutions), [1])
  await ask('DeleteProvisionedConcurrencyConfig', { Qualifier: 'prod' })
  await ask('DeleteAlias', { Name: 'prod' })
  await refuses('ResourceNotFoundException', 'GetAlias', { Name: 'prod' })
  assert.equal((await ask('GetFunctionConcurrency')).ReservedConcurrentExecutions, undefined)

  await ask('PutFunctionEventInvokeConfig', { MaximumRetryAttempts: 0 })
  await ask('UpdateFunctionEventInvokeConfig', { MaximumEventAgeInSeconds: 60 })
  const config = await ask('GetFunctionEventInvokeConfig')
  assert.deepEqual([config.MaximumRetryAttempts, config.MaximumEventAgeInSeconds], [0, 60])
  assert.equal((await ask('ListFunctionEventInvokeConfigs')).FunctionEventInvokeConfigs.length, 1)
  await ask('DeleteFunctionEventInvokeConfig')
  assert.equal((await ask('InvokeAsync', { InvokeArgs: '{}' })).Status, 202)

  await ask('AddPermission', { StatementId: 'sns', Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com' })
  assert.equal(JSON.parse((await ask('GetPolicy')).Policy).Statement[0].Sid, 'sns')
  await ask('RemovePermission', { StatementId: 'sns' })
  await refuses('ResourceNotFoundException', 'GetPolicy')
  const Resource = FunctionArn
  await ask('TagResource', { Resource, Tags: { size: 'small' } })
  await ask('UntagResource', { Resource, TagKeys: ['team'] })
  assert.deepEqual((await ask('ListTags', { Resource })).Tags, { size: 'small' })
  await ask('DeleteFunction')
  await refuses('ResourceNotFoundException', 'GetFunction')
}

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
  await lambda.send(new CreateAliasCommand({ FunctionName: 'hello', Name: 'prod', FunctionVersion: Version }))
  assert.equal((await invoke({ Qualifier: 'prod' })).said.version, Version)
  await refused('PreconditionFailedException', lambda, new UpdateAliasCommand({
    FunctionName: 'hello', Name: 'prod', Description: 'late', RevisionId: '00000000-0000-4000-8000-000000000000' }))

  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'hello', ReservedConcurrentExecutions: 0 }))
  const throttled = await refused('TooManyRequestsException', lambda, new InvokeCommand({ FunctionName: 'hello' }))
  assert.equal(throttled.Reason, 'ReservedFunctionConcurrentInvocationLimitExceeded')
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'hello' }))
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
  assert.equal(AccountLimit.ConcurrentExecutions, 1000)
  await made(lambda)
})
