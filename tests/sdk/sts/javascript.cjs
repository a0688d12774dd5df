const { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } = require('@aws-sdk/client-sts')
const { assert, main, refused } = require('../asked.cjs')

main(async () => {
  const sts = new STSClient({ maxAttempts: 1 })
  const who = await sts.send(new GetCallerIdentityCommand({}))
  assert.equal(who.Account, '000000000000')
  assert.equal(who.Arn, 'arn:aws:iam::000000000000:root')
  assert.ok(who.$metadata.requestId)
  await refused('InvalidAction', sts, new GetSessionTokenCommand({}))
})
