const eb = require('@aws-sdk/client-eventbridge')
const { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs')
const { assert, main, refused } = require('../asked.cjs')

const BASE = 'us-east-1:000000000000'
const queue = `arn:aws:sqs:${BASE}:orders`
const arn = `arn:aws:events:${BASE}:rule/orders`

main(async () => {
  const client = new eb.EventBridgeClient({ maxAttempts: 1 })
  const sqs = new SQSClient({ maxAttempts: 1 })
  const ask = (name, input) => client.send(new eb[`${name}Command`](input))
  const refuses = (code, name, input) => refused(code, client, new eb[`${name}Command`](input))

  const EventPattern = '{"source":["shop"]}'
  assert.equal((await ask('PutRule', { Name: 'orders', EventPattern })).RuleArn, arn)
  assert.equal((await ask('DescribeRule', { Name: 'orders' })).EventPattern, EventPattern)
  assert.deepEqual((await ask('ListRules', {})).Rules.map((rule) => rule.Name), ['orders'])
  await ask('DisableRule', { Name: 'orders' })
  await ask('EnableRule', { Name: 'orders' })
  await ask('TagResource', { ResourceARN: arn, Tags: [{ Key: 'team', Value: 'blue' }] })
  assert.equal((await ask('ListTagsForResource', { ResourceARN: arn })).Tags[0].Value, 'blue')
  await ask('UntagResource', { ResourceARN: arn, TagKeys: ['team'] })
  const Targets = [{ Id: '1', Arn: queue, InputPath: '$.detail' }]
  assert.equal((await ask('PutTargets', { Rule: 'orders', Targets })).FailedEntryCount, 0)
  assert.equal((await ask('ListTargetsByRule', { Rule: 'orders' })).Targets[0].InputPath, '$.detail')
  assert.deepEqual((await ask('ListRuleNamesByTarget', { TargetArn: queue })).RuleNames, ['orders'])

  const Entries = [{ Source: 'shop', DetailType: 'order', Detail: '{"total":1}', Time: new Date() }]
  const sent = await ask('PutEvents', { Entries })
  assert.equal(sent.FailedEntryCount, 0)
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'orders' }))
  const got = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  assert.equal(got.Messages[0].Body, '{"total":1}')

  const Event = '{"id":"1","account":"x","source":"shop","time":"t","region":"r","resources":[],"detail-type":"o"}'
  assert.equal((await ask('TestEventPattern', { EventPattern, Event })).Result, true)
  assert.equal((await ask('DescribeEventBus', {})).Name, 'default')
  assert.equal((await ask('ListEventBuses', {})).EventBuses.length, 1)

  await refuses('InvalidEventPatternException', 'PutRule', { Name: 'x', EventPattern: '{}' })
  await refuses('ValidationException', 'PutRule', { Name: 'x', ScheduleExpression: 'rate(5)' })
  await refuses('ResourceNotFoundException', 'DescribeRule', { Name: 'x' })
  await refuses('ValidationException', 'DeleteRule', { Name: 'orders' })
  await ask('RemoveTargets', { Rule: 'orders', Ids: ['1'] })
  await ask('DeleteRule', { Name: 'orders' })
})
