const {
  AddPermissionCommand, CancelMessageMoveTaskCommand, ChangeMessageVisibilityBatchCommand, ChangeMessageVisibilityCommand,
  CreateQueueCommand, DeleteMessageBatchCommand, DeleteMessageCommand, DeleteQueueCommand, GetQueueAttributesCommand,
  GetQueueUrlCommand, ListDeadLetterSourceQueuesCommand, ListMessageMoveTasksCommand, ListQueuesCommand,
  ListQueueTagsCommand, PurgeQueueCommand, ReceiveMessageCommand, RemovePermissionCommand, SendMessageBatchCommand,
  SendMessageCommand, SetQueueAttributesCommand, SQSClient, StartMessageMoveTaskCommand, TagQueueCommand,
  UntagQueueCommand, paginateListQueues,
} = require('@aws-sdk/client-sqs')
const { assert, main, refused } = require('../asked.cjs')

const SourceArn = 'arn:aws:sqs:us-east-1:000000000000:dead'

/** Moves a message back that a queue has given up. */
async function deadLetters(sqs, jobs) {
  const { QueueUrl: dead } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }))
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: SourceArn, maxReceiveCount: 1 })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: jobs, Attributes: { RedrivePolicy, VisibilityTimeout: '0' } }))
  const { queueUrls } = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }))
  assert.deepEqual(queueUrls, [jobs])
  await sqs.send(new SendMessageCommand({ QueueUrl: jobs, MessageBody: 'poison' }))
  for (const most of [1, 0]) {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: jobs }))
    assert.equal((Messages ?? []).length, most)
  }
  const { TaskHandle } = await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))
  let task
  do {
    [task] = (await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }))).Results
  } while (task.Status === 'RUNNING')
  assert.deepEqual([task.Status, task.ApproximateNumberOfMessagesMoved], ['COMPLETED', 1])
  await refused('InvalidParameterValue', sqs, new CancelMessageMoveTaskCommand({ TaskHandle }))
  await sqs.send(new DeleteQueueCommand({ QueueUrl: dead }))
}

main(async () => {
  const sqs = new SQSClient({ maxAttempts: 1 })
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({
    QueueName: 'jobs', Attributes: { VisibilityTimeout: '60' }, tags: { team: 'blue' },
  }))
  assert.equal((await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }))).QueueUrl, QueueUrl)
  await refused('QueueDoesNotExist', sqs, new GetQueueUrlCommand({ QueueName: 'nothing' }))
  await refused('QueueNameExists', sqs, new CreateQueueCommand({
    QueueName: 'jobs', Attributes: { VisibilityTimeout: '61' },
  }))

  await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { cost: '7' } }))
  assert.deepEqual((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags, { cost: '7', team: 'blue' })
  await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['cost'] }))
  assert.deepEqual((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags, { team: 'blue' })
  const statement = { QueueUrl, Label: 'send', AWSAccountIds: ['123456789012'], Actions: ['SendMessage'] }
  await sqs.send(new AddPermissionCommand(statement))
  await refused('InvalidParameterValue', sqs, new AddPermissionCommand(statement))
  await sqs.send(new RemovePermissionCommand({ QueueUrl, Label: 'send' }))
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '0' } }))
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  assert.equal(Attributes.VisibilityTimeout, '60')

  // The client compares the MD5 sums.
  const MessageBody = 'a <body> & "more" \u00e9\u4e2d\r\n'
  const MessageAttributes = {
    text: { DataType: 'String', StringValue: 'x' },
    bytes: { DataType: 'Binary', BinaryValue: Uint8Array.from([0, 255, 128]) },
  }
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }))
  const { Messages: [message] } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'], WaitTimeSeconds: 1,
  }))
  assert.equal(message.Body, MessageBody)
  assert.deepEqual([...message.MessageAttributes.bytes.BinaryValue], [0, 255, 128])
  assert.equal(message.Attributes.ApproximateReceiveCount, '1')
  const { ReceiptHandle } = message
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 30 }))
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  await refused('ReceiptHandleIsInvalid', sqs, new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'x' }))

  const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: Id }))
  const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  assert.deepEqual(sent.Successful.map((entry) => entry.Id), ['a', 'b'])
  assert.deepEqual(sent.Failed, [])
  await refused('EmptyBatchRequest', sqs, new SendMessageBatchCommand({ QueueUrl, Entries: [] }))
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
  const changed = await sqs.send(new ChangeMessageVisibilityBatchCommand({
    QueueUrl, Entries: Messages.map((one) => ({ Id: one.Body, ReceiptHandle: one.ReceiptHandle, VisibilityTimeout: 60 })),
  }))
  assert.equal(changed.Successful.length, 2)
  const deleted = await sqs.send(new DeleteMessageBatchCommand({
    QueueUrl, Entries: Messages.map((one) => ({ Id: one.Body, ReceiptHandle: one.ReceiptHandle })),
  }))
  assert.equal(deleted.Successful.length, 2)
  await sqs.send(new PurgeQueueCommand({ QueueUrl }))
  await refused('PurgeQueueInProgress', sqs, new PurgeQueueCommand({ QueueUrl }))

  await deadLetters(sqs, QueueUrl)
  await sqs.send(new CreateQueueCommand({ QueueName: 'other' }))
  const pages = []
  for await (const page of paginateListQueues({ client: sqs, pageSize: 1 }, {})) pages.push(...page.QueueUrls)
  assert.deepEqual(pages.map((url) => url.split('/').pop()), ['jobs', 'other'])
  await sqs.send(new DeleteQueueCommand({ QueueUrl }))
  assert.equal((await sqs.send(new ListQueuesCommand({}))).QueueUrls.length, 1)
  await refused('QueueDoesNotExist', sqs, new SendMessageCommand({ QueueUrl, MessageBody }))
})
