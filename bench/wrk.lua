-- Prints one line of JSON when wrk is done. With THINK_MS set, every connection waits up to twice that
-- long between an answer and its next request, which sets the load below what the server could do.
local think = tonumber(os.getenv("THINK_MS") or "0")

if think > 0 then
  function delay()
    return math.random(0, math.floor(2 * think + 0.5))
  end
end

function init(_)
  math.randomseed(1)
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"duration_us":%d,"refused":%d,"broken":%d,"timeouts":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write,
    errors.timeout, latency:percentile(50), latency:percentile(99)))
end
