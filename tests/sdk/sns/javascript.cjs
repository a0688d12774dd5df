const {
  AddPermissionCommand, ConfirmSubscriptionCommand, CreateTopicCommand, DeleteTopicCommand,
  GetSubscriptionAttributesCommand, GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, ListSubscriptionsCommand,
  ListTagsForResourceCommand, PublishBatchCommand, PublishCommand, RemovePermissionCommand,
  SetSubscriptionAttributesCommand, SetTopicAttributesCommand, SNSClient, SubscribeCommand, TagResourceCommand,
  UnsubscribeCommand, UntagResourceCommand, paginateListTopics,
} = require('@aws-sdk/client-sns')
const { CreateQueueCommand, ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs')
const { assert, main, refused } = require('../asked.cjs')

main(async () => {
  const sns = new SNSClient({ maxAttempts: 1 })
  const sqs = new SQSClient({ maxAttempts: 1 })
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news', Attributes: { DisplayName: 'News' } }))
  await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'SignatureVersion', AttributeValue: '2' }))
  const { Attributes: topic } = await sns.send(new GetTopicAttributesCommand({ TopicArn }))
  assert.deepEqual([topic.DisplayName, topic.SignatureVersion], ['News', '2'])
  const names = []
  for await (const page of paginateListTopics({ client: sns }, {})) {
    names.push(...page.Topics.map((one) => one.TopicArn))
  }
  assert.deepEqual(names, [TopicArn])

  await sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: 'team', Value: 'blue' }] }))
  const tags = async () => (await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }))).Tags
  assert.deepEqual(await tags(), [{ Key: 'team', Value: 'blue' }])
  await sns.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys: ['team'] }))
  assert.deepEqual(await tags() ?? [], [])
  const statement = { TopicArn, Label: 'send', AWSAccountId: ['123456789012'], ActionName: ['Publish'] }
  await sns.send(new AddPermissionCommand(statement))
  await refused('InvalidParameterException', sns, new AddPermissionCommand(statement))
  await sns.send(new RemovePermissionCommand({ TopicArn, Label: 'send' }))
  await refused('InvalidParameterException', sns, new ConfirmSubscriptionCommand({ TopicArn, Token: 'x' }))

  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }))
  const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:jobs'
  const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }))
  const { Subscriptions } = await sns.send(new ListSubscriptionsCommand({}))
  assert.deepEqual(Subscriptions.map((one) => one.Endpoint), [Endpoint])
  const ofTopic = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
  assert.deepEqual(ofTopic.Subscriptions.map((one) => one.SubscriptionArn), [SubscriptionArn])

  const bytes = { DataType: 'Binary', BinaryValue: Uint8Array.from([0, 255, 128]) }
  const Message = 'a <body> & "more" \u00e9\u4e2d\r\n'
  const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Message, MessageAttributes: { bytes } }))
  const { Messages: [wrapped] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }))
  const envelope = JSON.parse(wrapped.Body)
  assert.equal(envelope.Message, Message)
  assert.equal(envelope.MessageId, MessageId)
  assert.equal(envelope.SignatureVersion, '2')
  assert.deepEqual(envelope.MessageAttributes, { bytes: { Type: 'Binary', Value: 'AP+A' } })

  await sns.send(new SetSubscriptionAttributesCommand({
    SubscriptionArn, AttributeName: 'RawMessageDelivery', AttributeValue: 'true',
  }))
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
  assert.equal(Attributes.RawMessageDelivery, 'true')
  const { Successful, Failed } = await sns.send(new PublishBatchCommand({
    TopicArn, PublishBatchRequestEntries: [{ Id: 'a', Message: '1' }, { Id: 'b', Message: '2' }],
  }))
  assert.deepEqual(Successful.map((one) => one.Id), ['a', 'b'])
  assert.deepEqual(Failed ?? [], [])

  const missing = await refused('NotFoundException', sns, new PublishCommand({ TopicArn: `${TopicArn}s`, Message: 'm' }))
  assert.equal(missing.message, 'Topic does not exist')
  await refused('InvalidParameterException', sns, new PublishCommand({ TopicArn, Message: '' }))
  await refused('TooManyEntriesInBatchRequestException', sns, new PublishBatchCommand({
    TopicArn, PublishBatchRequestEntries: Array.from({ length: 11 }, (_, at) => ({ Id: `${at}`, Message: 'm' })),
  }))
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }))
  await sns.send(new DeleteTopicCommand({ TopicArn }))
})
