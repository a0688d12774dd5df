const {
  ChangeMessageVisibilityCommand, CreateQueueCommand, DeleteMessageBatchCommand, DeleteMessageCommand,
  DeleteQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand, ListQueuesCommand, PurgeQueueCommand,
  ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient,
  TagQueueCommand, ListQueueTagsCommand, paginateListQueues,
} = require('@aws-sdk/client-sqs')
const { assert, main, refused } = require('../asked.cjs')

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
  const deleted = await sqs.send(new DeleteMessageBatchCommand({
    QueueUrl, Entries: Messages.map((one) => ({ Id: one.Body, ReceiptHandle: one.ReceiptHandle })),
  }))
  assert.equal(deleted.Successful.length, 2)
  await sqs.send(new PurgeQueueCommand({ QueueUrl }))
  await refused('PurgeQueueInProgress', sqs, new PurgeQueueCommand({ QueueUrl }))

  await sqs.send(new CreateQueueCommand({ QueueName: 'other' }))
  const pages = []
  for await (const page of paginateListQueues({ client: sqs, pageSize: 1 }, {})) pages.push(...page.QueueUrls)
  assert.deepEqual(pages.map((url) => url.split('/').pop()), ['jobs', 'other'])
  await sqs.send(new DeleteQueueCommand({ QueueUrl }))
  assert.equal((await sqs.send(new ListQueuesCommand({}))).QueueUrls.length, 1)
  await refused('QueueDoesNotExist', sqs, new SendMessageCommand({ QueueUrl, MessageBody }))
})
