-- Debits every level of a quota, or none. KEYS are the levels' counters, outermost first; ARGV is what to
-- debit, then each level's limit and the length of its window in milliseconds.
-- Answers 0 and what was left of the innermost level, or the number of the first exhausted level.
local cost = tonumber(ARGV[1])
local left
for level, key in ipairs(KEYS) do
  local limit, window = ARGV[2 * level], ARGV[2 * level + 1]
  -- A window begins with the first look at it. A counter that would never expire is no window at all.
  if redis.call('PTTL', key) < 0 then
    redis.call('SET', key, limit, 'PX', window)
  end
  left = tonumber(redis.call('GET', key))
  if left <= 0 then
    return {level, 0}
  end
end
if cost > 0 then
  for _, key in ipairs(KEYS) do
    redis.call('DECRBY', key, cost)
  end
end
return {0, left}
