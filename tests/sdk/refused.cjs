// Asks AWS SDK for JavaScript for what must be refused: every row of a folder's refused.json.

const { readFileSync } = require('node:fs')
const { assert, main } = require('./asked.cjs')

const PACKAGES = { events: 'eventbridge', logs: 'cloudwatch-logs' }

const [folder, name] = process.argv.slice(2)
const { service, given, refused } = JSON.parse(readFileSync(`${folder}/refused.json`, 'utf8'))
const sdk = require(`@aws-sdk/client-${PACKAGES[service] ?? service}`)
const client = new sdk[Object.keys(sdk).find((name) => /^[A-Z]\w*Client$/.test(name))]({ maxAttempts: 1 })

const MARKS = { '{aws}': process.env.AWS_ENDPOINT_URL, '{half}': 'x'.repeat(200_000), '{large}': 'x'.repeat(1024 * 1024 + 1) }
const BYTES = new Set(['ZipFile'])

/** Marks in a row's input stand for what is known only here, or is long. */
const filled = (input) => JSON.parse(JSON.stringify(input), (name, value) => {
  if (typeof value !== 'string') return value
  const text = Object.entries(MARKS).reduce((text, [mark, full]) => text.replace(mark, full), value)
  return BYTES.has(name) ? Buffer.from(text) : text
})

const ask = (action, input) => client.send(new sdk[`${action}Command`](filled(input)))

/** What is wrong with the answer to a row, if anything. */
async function problem(action, input, error, message) {
  try {
    return `${JSON.stringify(await ask(action, input))} and no refusal`
  } catch (refusal) {
    if (refusal.name !== error) return `${refusal.name}: ${refusal.message} is not ${error}`
    if (!refusal.message || refusal.message !== (message ?? refusal.message)) {
      return `${refusal.name}: ${refusal.message} does not say ${message ?? 'anything'}`
    }
  }
}

main(async () => {
  for (const [action, input] of given) await ask(action, input)
  const failed = []
  for (const [action, input, error, { message, unknown_to: unknown } = {}] of refused) {
    const reason = unknown?.[name]
    assert.equal(Boolean(reason), !sdk[`${action}Command`], `${action}: is it unknown to ${name}? ${reason}`)
    const why = !reason && (await problem(action, input, error, message))
    if (why) failed.push(`${action} ${JSON.stringify(input)}: ${why}`)
  }
  assert.deepEqual(failed, [])
})
