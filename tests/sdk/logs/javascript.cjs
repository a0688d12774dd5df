const {
  CloudWatchLogsClient, DescribeLogGroupsCommand, FilterLogEventsCommand, GetLogEventsCommand, paginateDescribeLogStreams,
} = require('@aws-sdk/client-cloudwatch-logs')
const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda')
const { assert, main, refused } = require('../asked.cjs')

main(async () => {
  const lambda = new LambdaClient({ maxAttempts: 1 })
  const logs = new CloudWatchLogsClient({ maxAttempts: 1 })
  await lambda.send(new InvokeCommand({ FunctionName: 'hello', Payload: '{}' }))
  const logGroupName = '/aws/lambda/hello'
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/' }))
  assert.deepEqual(logGroups.map((group) => group.logGroupName), [logGroupName])
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'hello' }))
  assert.match(events[0].message, /^hello from/)
  const streams = []
  for await (const page of paginateDescribeLogStreams({ client: logs }, { logGroupName })) {
    streams.push(...page.logStreams.map((stream) => stream.logStreamName))
  }
  assert.equal(streams.length, 1)
  const own = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName: streams[0], startFromHead: true }))
  assert.match(own.events[0].message, /START/)
  assert.ok(own.nextForwardToken.startsWith('f/'))
  await refused('ResourceNotFoundException', logs, new FilterLogEventsCommand({ logGroupName: '/aws/lambda/nobody' }))
})
