const la = require('@aws-sdk/client-lambda')
const { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs')
const { assert, main, refused } = require('../asked.cjs')

const EventSourceArn = 'arn:aws:sqs:us-east-1:000000000000:jobs'

main(async () => {
  const client = new la.LambdaClient({ maxAttempts: 1 })
  const sqs = new SQSClient({ maxAttempts: 1 })
  const ask = (name, input) => client.send(new la[`${name}Command`](input))
  const url = async (QueueName) => (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl

  const settings = { EventSourceArn, FunctionName: 'work', FunctionResponseTypes: ['ReportBatchItemFailures'] }
  const { UUID } = await ask('CreateEventSourceMapping', settings)
  assert.equal((await ask('GetEventSourceMapping', { UUID })).State, 'Enabled')
  assert.ok((await ask('GetEventSourceMapping', { UUID })).LastModified instanceof Date)
  assert.deepEqual((await ask('ListEventSourceMappings', { EventSourceArn })).EventSourceMappings.map((one) => one.UUID), [UUID])
  assert.equal((await ask('UpdateEventSourceMapping', { UUID, BatchSize: 5 })).BatchSize, 5)

  await sqs.send(new SendMessageCommand({ QueueUrl: await url('jobs'), MessageBody: 'bad' }))
  const letters = await sqs.send(new ReceiveMessageCommand({ QueueUrl: await url('dead'), WaitTimeSeconds: 20 }))
  assert.equal(letters.Messages[0].Body, 'bad')

  await refused('ResourceConflictException', client, new la.CreateEventSourceMappingCommand(settings))
  await refused('InvalidParameterValueException', client, new la.UpdateEventSourceMappingCommand({ UUID, BatchSize: 11 }))
  assert.equal((await ask('DeleteEventSourceMapping', { UUID })).State, 'Deleting')
  await refused('ResourceNotFoundException', client, new la.GetEventSourceMappingCommand({ UUID }))
})
