-- Moves a circuit breaker on from the state that the caller saw. KEYS are its state and its transitions;
-- ARGV is the number of transitions that the caller had seen, the state to move to, and the time.
-- Answers the number of the transition, or 0 if somebody else was faster or there is nothing to do.
local state, transitions = KEYS[1], KEYS[2]
local seen, wanted, now = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local number = tonumber(redis.call('HGET', transitions, 'number') or '0')
local current = redis.call('GET', state) or 'CLOSED'
if number ~= seen or current == wanted then
  return 0
end
number = number + 1
redis.call('SET', state, wanted)
redis.call('HSET', transitions, 'number', number)
-- Told to nobody yet; whoever tells it, removes it from here.
redis.call('RPUSH', KEYS[3], cjson.encode({number = number, state = wanted, at = now}))
redis.call('RPUSH', KEYS[4], cjson.encode({number = number, state = wanted, at = now}))
redis.call('LTRIM', KEYS[4], -100, -1)
return number
