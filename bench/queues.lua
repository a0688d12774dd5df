-- SQS in JSON with messages of 1 KiB: MODE is `send`, `batch` (ten in a request) or `settle` (receive ten,
-- then delete them). Counts messages, and prints one line of JSON when wrk is done. Answers are searched
-- for plain text: patterns cost so much that wrk would be what is measured.
local mode, queue = os.getenv("MODE"), os.getenv("QUEUE_URL")
local body = string.rep("x", 1024)
local headers = { ["content-type"] = "application/x-amz-json-1.0" }
local threads = {}

-- Clients sign, so what is compared carries a signature; nobody looks at it here.
headers["authorization"] = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, "
  .. "SignedHeaders=host, Signature=" .. string.rep("0", 64)

local heads = {}

-- What wrk.format would give, which makes the head anew each time.
local function call(action, members)
  local head = heads[action]
  if not head then
    headers["x-amz-target"] = "AmazonSQS." .. action
    head = wrk.format("POST", "/", headers):gsub("\r\n\r\n$", "\r\nContent-Length: ")
    heads[action] = head
  end
  local document = '{"QueueUrl":"' .. queue .. '",' .. members .. "}"
  return head .. #document .. "\r\n\r\n" .. document
end

-- How often an answer has a text. `give` gets the value after each.
local function each(answer, text, give)
  local find, count, at = string.find, 0, 1
  while true do
    local _, last = find(answer, text, at, true)
    if not last then
      return count
    end
    count, at = count + 1, last + 1
    if give then
      local first = find(answer, '"', at, true)
      at = find(answer, '"', first + 1, true)
      give(answer:sub(first + 1, at - 1))
    end
  end
end

function setup(thread)
  table.insert(threads, thread)
end

function init(_)
  messages, waiting = 0, {}
  if mode == "batch" then
    local entries = {}
    for id = 0, 9 do
      entries[#entries + 1] = '{"Id":"' .. id .. '","MessageBody":"' .. body .. '"}'
    end
    fixed = call("SendMessageBatch", '"Entries":[' .. table.concat(entries, ",") .. "]")
  elseif mode == "send" then
    fixed = call("SendMessage", '"MessageBody":"' .. body .. '"')
  end
end

function request()
  if fixed then
    return fixed
  end
  local handles = table.remove(waiting)
  if not handles then
    return call("ReceiveMessage", '"MaxNumberOfMessages":10')
  end
  local entries = {}
  for id, handle in ipairs(handles) do
    entries[id] = '{"Id":"' .. id .. '","ReceiptHandle":"' .. handle .. '"}'
  end
  return call("DeleteMessageBatch", '"Entries":[' .. table.concat(entries, ",") .. "]")
end

-- Only what says that a message is kept or gone counts.
function response(status, _, answer)
  if status ~= 200 then
    return
  end
  if mode == "settle" then
    local handles = {}
    each(answer, '"ReceiptHandle":', function(handle)
      handles[#handles + 1] = handle
    end)
    if #handles > 0 then
      table.insert(waiting, handles)
      return
    end
  end
  messages = messages + each(answer, mode == "settle" and '"Id"' or '"MessageId"')
end

function done(summary, latency, _)
  local errors, count = summary.errors, 0
  for _, thread in ipairs(threads) do
    count = count + thread:get("messages")
  end
  io.write(string.format(
    '{"messages":%d,"duration_us":%d,"refused":%d,"broken":%d,"timeouts":%d,"p50_us":%d,"p99_us":%d}\n',
    count, summary.duration, errors.status, errors.connect + errors.read + errors.write, errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
