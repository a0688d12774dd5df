const {
  AddTagsToResourceCommand, DeleteParameterCommand, DeleteParametersCommand, DescribeParametersCommand,
  GetParameterCommand, GetParameterHistoryCommand, GetParametersCommand, ListTagsForResourceCommand, PutParameterCommand,
  RemoveTagsFromResourceCommand, SSMClient, paginateGetParametersByPath,
} = require('@aws-sdk/client-ssm')
const { assert, main, refused } = require('../asked.cjs')

main(async () => {
  const ssm = new SSMClient({ maxAttempts: 1 })
  const put = (Name, Value, Type) => ssm.send(new PutParameterCommand({ Name, Value, Type }))
  assert.equal((await put('/app/url', 'redis://one', 'String')).Version, 1)
  await put('/app/secret', 'p\u00e4ss', 'SecureString')
  const get = (Name) => ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))
  assert.equal((await get('/app/secret')).Parameter.Value, 'p\u00e4ss')
  assert.ok((await get('/app/url')).Parameter.LastModifiedDate instanceof Date)
  await refused('ParameterNotFound', ssm, new GetParameterCommand({ Name: '/nothing' }))
  await refused('ParameterAlreadyExists', ssm, new PutParameterCommand({ Name: '/app/url', Value: 'x', Type: 'String' }))

  const several = await ssm.send(new GetParametersCommand({ Names: ['/app/url', '/nothing'] }))
  assert.deepEqual(several.InvalidParameters, ['/nothing'])
  const names = []
  for await (const page of paginateGetParametersByPath({ client: ssm, pageSize: 1 }, { Path: '/app' })) {
    names.push(...page.Parameters.map((one) => one.Name))
  }
  assert.deepEqual(names, ['/app/secret', '/app/url'])
  const all = await ssm.send(new DescribeParametersCommand({}))
  assert.deepEqual(all.Parameters.map((one) => one.Type), ['SecureString', 'String'])
  const history = await ssm.send(new GetParameterHistoryCommand({ Name: '/app/url' }))
  assert.deepEqual(history.Parameters.map((one) => one.Value), ['redis://one'])
  const named = { ResourceType: 'Parameter', ResourceId: '/app/url' }
  const tags = async () => (await ssm.send(new ListTagsForResourceCommand(named))).TagList
  await ssm.send(new AddTagsToResourceCommand({ ...named, Tags: [{ Key: 'team', Value: 'blue' }] }))
  assert.deepEqual(await tags(), [{ Key: 'team', Value: 'blue' }])
  await ssm.send(new RemoveTagsFromResourceCommand({ ...named, TagKeys: ['team'] }))
  assert.deepEqual(await tags(), [])
  const deleted = await ssm.send(new DeleteParametersCommand({ Names: ['/app/secret', '/nothing'] }))
  assert.deepEqual([deleted.DeletedParameters, deleted.InvalidParameters], [['/app/secret'], ['/nothing']])
  await ssm.send(new DeleteParameterCommand({ Name: '/app/url' }))
  await refused('ParameterNotFound', ssm, new DeleteParameterCommand({ Name: '/app/url' }))
})
