-- Counts answers by what they say and prints one line of JSON when wrk is done.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(_)
  admitted, denied, failed = 0, 0, 0
end

function response(status, _, _)
  if status == 200 then
    admitted = admitted + 1
  elseif status == 429 then
    denied = denied + 1
  else
    failed = failed + 1
  end
end

function done(summary, latency, _)
  local admitted, denied, failed = 0, 0, 0
  for _, thread in ipairs(threads) do
    admitted = admitted + thread:get("admitted")
    denied = denied + thread:get("denied")
    failed = failed + thread:get("failed")
  end
  local errors = summary.errors
  failed = failed + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"admitted":%d,"denied":%d,"failed":%d,"duration_us":%d,"p99_us":%d}\n',
    admitted, denied, failed, summary.duration, latency:percentile(99)))
end
