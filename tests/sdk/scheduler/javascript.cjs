const sc = require('@aws-sdk/client-scheduler')
const { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs')
const { assert, main, refused } = require('../asked.cjs')

const BASE = 'us-east-1:000000000000'
const Target = { Arn: `arn:aws:sqs:${BASE}:jobs`, RoleArn: 'arn:aws:iam::000000000000:role/any', Input: 'hello' }
const rest = { FlexibleTimeWindow: { Mode: 'OFF' }, Target }

main(async () => {
  const client = new sc.SchedulerClient({ maxAttempts: 1 })
  const sqs = new SQSClient({ maxAttempts: 1 })
  const ask = (name, input) => client.send(new sc[`${name}Command`](input))
  const refuses = (code, name, input) => refused(code, client, new sc[`${name}Command`](input))

  const arn = (await ask('CreateScheduleGroup', { Name: 'team' })).ScheduleGroupArn
  assert.equal((await ask('GetScheduleGroup', { Name: 'team' })).Arn, arn)
  assert.equal((await ask('ListScheduleGroups', {})).ScheduleGroups.length, 2)
  await ask('TagResource', { ResourceArn: arn, Tags: [{ Key: 'team', Value: 'blue' }] })
  assert.equal((await ask('ListTagsForResource', { ResourceArn: arn })).Tags[0].Key, 'team')
  await ask('UntagResource', { ResourceArn: arn, TagKeys: ['team'] })

  const hourly = { Name: 'hourly', GroupName: 'team', ScheduleExpression: 'rate(1 hour)', ...rest }
  const made = await ask('CreateSchedule', hourly)
  assert.equal(made.ScheduleArn, `arn:aws:scheduler:${BASE}:schedule/team/hourly`)
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }))
  const got = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  assert.equal(got.Messages[0].Body, 'hello')
  assert.ok((await ask('GetSchedule', { Name: 'hourly', GroupName: 'team' })).CreationDate instanceof Date)
  await ask('UpdateSchedule', { ...hourly, ScheduleExpression: 'cron(0 12 * * ? *)' })
  assert.equal((await ask('ListSchedules', { GroupName: 'team' })).Schedules[0].Name, 'hourly')

  await refuses('ConflictException', 'CreateSchedule', hourly)
  await refuses('ValidationException', 'CreateSchedule', { ...hourly, Name: 'x', ScheduleExpression: 'cron(0 0 31 4 ? *)' })
  await refuses('ResourceNotFoundException', 'GetSchedule', { Name: 'hourly' })
  await ask('DeleteSchedule', { Name: 'hourly', GroupName: 'team' })
  await ask('DeleteScheduleGroup', { Name: 'team' })
})
