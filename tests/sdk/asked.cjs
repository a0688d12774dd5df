// What the JavaScript programs share.

const assert = require('node:assert/strict')

/** The error of a command, which must have this name. */
async function refused(name, client, command) {
  let answer
  try {
    answer = await client.send(command)
  } catch (error) {
    assert.equal(error.name, name, `${error.name}: ${error.message}`)
    return error
  }
  assert.fail(`it was accepted: ${JSON.stringify(answer)}`)
}

/** Runs a program to its end. */
function main(program) {
  program().catch((error) => {
    console.error(error)
    process.exitCode = 1
  })
}

module.exports = { assert, main, refused }
