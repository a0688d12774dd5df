-- Applies what requests ask of their limits: check all, then commit all. Each request is decided as
-- if it were alone, in order; the keys of all of them are read once and written at most once.
--
-- KEYS   the key of each ask, request by request; one key may come several times
-- ARGV   the time in microseconds, or '' for the server's own; milliseconds that keys outlive their
--        use by; then for each request its verb, its number of asks, and for each ask its kind and
--        that kind's numbers
-- verbs  d decide, p peek, f charge without a check, c credit, h hear of a node, whose slots stay its own,
--        u pause until (followed by the time), x resume, r take what is used down to the cost, g grant
--        permits of cost 1 (how many are wanted follows each ask), t take granted permits back (their
--        receipt follows each ask)
-- kinds  r rate: debt and tolerance in microseconds
--        R rate whose permits are no whole microseconds apart: debt, tolerance, then the
--          numerators of both and their denominator
--        w fixed window: cost, limit, age, length
--        s sliding window: cost, limit, age, length
--        q calendar quota: cost, limit, age, the bounds of the window before, of this one and of the next
--        l rolling quota: cost, limit, age, length, length of a slice
--        c concurrency: cost, slots, who holds them, for how long
--        Ages, lengths and bounds are milliseconds. The age is that of the debit a credit is for.
-- reply  a text of numbers: the time; for each request 1 or 0 (admitted), and for each ask 1 or 0
--        (violated), four numbers of its kind, the end of its pause, and after a grant the first word
--        of its receipt. Of a rate that is not violated and has no more to say than when it is full
--        again, only a negative number: -1 less the microseconds until then. (A client takes a text
--        apart several times faster than it reads as many numbers.)
--
-- A key that is charged owes two years at most, as in memory. Without an end, the next that is added would be
-- lost in the sums' last digits.
--
-- A rate's value is the time at which it is full again; if permits were granted ahead, also when its
-- books were begun, and all that was ever taken off that time: see the engine's accounts.
local now
if ARGV[1] == '' then
  local t = redis.call('TIME')
  now = t[1] * 1000000 + t[2]
else
  now = tonumber(ARGV[1])
end
local ms = math.floor(now / 1000)
local most_debt = 2 * 366 * 86400 * 1000000
local held = redis.call('MGET', unpack(KEYS))
local recs, first, out = {}, {}, { string.format('%.0f', now) }
local i, k, last = 3, 0, #ARGV
while i <= last do
  local verb, asks = ARGV[i], tonumber(ARGV[i + 1])
  i = i + 2
  local pause = 0
  if verb == 'u' then
    pause = tonumber(ARGV[i])
    i = i + 1
  end
  local checks = verb == 'd' or verb == 'p'
  local admitted, before = 1, {}
  for j = 1, asks do
    k = k + 1
    local key, kind = KEYS[k], ARGV[i]
    local rec = recs[key]
    local body = nil
    if not rec then
      local value, u = held[k], ''
      if value then
        body, u = string.match(value, '^v1:([^!]*)!?(%d*)$')
      end
      rec = { 0, 0, 0, 0, tonumber(u) or 0, kind = kind }
    end
    local violated, new = 0, nil
    local isdue = rec[5] > ms
    if kind == 'r' or kind == 'R' then
      local da, ta, db, tb, d = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), 0, 0, 1
      i = i + 3
      if kind == 'R' then
        db, tb, d = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
        i = i + 3
      end
      if body then
        local a, b = string.match(body, '^(%d+)%+?(%d*)')
        rec[1], rec[2] = tonumber(a) or 0, tonumber(b) or 0
        local born, back = string.match(body, ';(%d+);(%d+)$')
        rec.born, rec.back = tonumber(born), tonumber(back)
      end
      if rec[1] < now then
        rec = { now, 0, 0, 0, rec[5], kind = kind, born = rec.born, back = rec.back }
      end
      rec.d = d
      local a, b, granted = rec[1], rec[2], 0
      local born, back = rec.born, rec.back
      if verb == 'g' then
        local free = now + ta - a + (tb - b) / d
        local want = math.floor(free / (da + db / d) + 0.000000001)
        granted = math.min(tonumber(ARGV[i]), math.ceil(want / 2))
        i = i + 1
        if db > 0 then granted = math.min(granted, math.floor(4503599627370496 / db)) end
        if isdue or granted < 0 then granted = 0 end
        -- The quotient may be rounded up; what is debited is exact.
        local spent = false
        while granted > 0 and not spent do
          local part = b + granted * db
          local carry = math.floor(part / d)
          local na, nb = a + granted * da + carry, part - carry * d
          if na > now + ta or (na == now + ta and nb > tb) then
            granted = granted - 1
          else
            a, b, spent = na, nb, true
          end
        end
        if not born then born, back = now, 0 end
      elseif verb == 't' then
        local of, after, since = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
        i = i + 3
        if of == born then
          local counts = after - math.max(back - since, 0) - now
          local credit = math.max(math.min(da, counts, a - now), 0)
          a, back = a - credit, back + credit
        end
      elseif verb == 'c' then
        a, b = a - da, b - db
        if b < 0 then a, b = a - 1, b + d end
        if a < now then a, b = now, 0 end
      elseif verb == 'r' then
        if a > now + da or (a == now + da and b > db) then a, b = now + da, db end
      elseif checks or verb == 'f' then
        a, b = a + da, b + db
        if b >= d then a, b = a + 1, b - d end
        if verb == 'f' and a > now + most_debt then a, b = math.max(rec[1], now + most_debt), 0 end
        local late = a > now + ta or (a == now + ta and b > tb)
        if checks and da + db > 0 and (late or isdue) then violated = 1 end
      end
      -- What is taken off otherwise counts as taken back, part of a microsecond as a whole one.
      if born and a < rec[1] and verb ~= 't' then back = back + rec[1] - a + 1 end
      new = { a, b, granted, back or 0, rec[5], kind = kind, d = d, born = born, back = back }
      if checks and da + db == 0 then new = rec end
    elseif kind == 'w' or kind == 's' or kind == 'q' then
      local cost, limit = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
      local taken, per = ms - tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4])
      local start, stop
      i = i + 5
      if kind == 'q' then
        local b1, b2, b3 = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
        i = i + 3
        if ms < b1 then start, stop = per, b1
        elseif ms < b2 then start, stop = b1, b2
        else start, stop = b2, b3 end
      else
        start = ms - ms % per
        stop = start + per
      end
      if body then
        local s, c, p = string.match(body, '^(%d+):(%d+):?(%d*)')
        rec[1], rec[2], rec[3] = tonumber(s) or 0, tonumber(c) or 0, tonumber(p) or 0
      end
      if rec[1] < start then
        local former = 0
        if kind == 's' and rec[1] + per == start then former = rec[2] end
        rec = { start, 0, former, 0, rec[5], kind = kind }
      end
      rec[4] = stop
      rec.per = per
      local count, former, granted = rec[2], rec[3], 0
      if verb == 'g' then
        local free = math.max(limit - count, 0)
        local most = math.ceil(free / 2)
        if free * 100 <= limit then most = math.min(free, 1) end
        if not isdue then granted = math.min(tonumber(ARGV[i]), most) end
        i = i + 1
        count, former = count + granted, granted
      elseif verb == 't' then
        if tonumber(ARGV[i]) == rec[1] then count = math.max(count - cost, 0) end
        i = i + 3
      elseif verb == 'c' then
        if taken >= rec[1] then count = math.max(count - cost, 0)
        elseif kind == 's' and taken + per >= rec[1] then former = math.max(former - cost, 0) end
      elseif verb == 'r' then
        count, former = math.min(count, cost), 0
      elseif verb == 'f' then
        if taken >= rec[1] then count = count + cost
        elseif kind == 's' and taken + per >= rec[1] then former = former + cost end
      elseif checks then
        count = count + cost
        local late = count > limit
        if kind == 's' and former > 0 then
          late = former * (stop - ms) > (limit - count) * per
        end
        if cost > 0 and (late or isdue) then violated = 1 end
      end
      new = { rec[1], count, former, stop, rec[5], kind = kind, per = per }
    elseif kind == 'l' then
      local cost, limit = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
      local taken = ms - tonumber(ARGV[i + 3])
      local per, slice = tonumber(ARGV[i + 4]), tonumber(ARGV[i + 5])
      i = i + 6
      if body then
        rec.slices = {}
        for s, c in string.gmatch(body, '(%d+)=(%d+)') do
          rec.slices[#rec.slices + 1] = { tonumber(s), tonumber(c) }
        end
      end
      -- A slice counts until all of it lies longer ago than the period.
      local slices, used = {}, 0
      for _, s in ipairs(rec.slices or {}) do
        if s[1] + slice + per > ms then
          slices[#slices + 1] = { s[1], s[2] }
          used = used + s[2]
        end
      end
      rec.slices = slices
      local changed, at = {}, ms - ms % slice
      for _, s in ipairs(slices) do changed[#changed + 1] = { s[1], s[2] } end
      if verb == 'r' then
        changed, used = {}, math.min(used, cost)
        if used > 0 then changed[1] = { at, used } end
      elseif verb == 'c' then
        local back = cost
        for n = #changed, 1, -1 do
          if changed[n][1] <= taken and changed[n][1] + slice > taken then
            local give = math.min(back, changed[n][2])
            changed[n][2] = changed[n][2] - give
            used = used - give
          end
        end
      elseif checks or verb == 'f' then
        if checks and cost > 0 and (used + cost > limit or isdue) then violated = 1 end
        if cost > 0 then
          if verb == 'f' then at = taken - taken % slice end
          local n = #changed
          while n > 0 and changed[n][1] > at do n = n - 1 end
          if n > 0 and changed[n][1] == at then
            changed[n][2] = changed[n][2] + cost
          else
            table.insert(changed, n + 1, { at, cost })
          end
        end
      end
      -- When the first slice is over, when the cost fits, when all are over.
      local more, fits, full, freed = 0, 0, 0, 0
      for _, s in ipairs(slices) do
        local over = s[1] + slice + per
        if s[2] > 0 then
          if more == 0 then more = over end
          if used - freed + cost > limit then fits = over end
          freed = freed + s[2]
          full = over
        end
      end
      rec[1], rec[2], rec[3], rec[4] = used, more, fits, full
      if verb == 'd' and cost > 0 then
        used, full = used + cost, at + slice + per
        if more == 0 then more = full end
      end
      new = { used, more, fits, full, rec[5], kind = kind, slices = changed, over = slice + per }
    else
      local cost, slots = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
      local node, ttl = ARGV[i + 3], tonumber(ARGV[i + 4])
      i = i + 5
      if body then
        rec.nodes = {}
        for name, n, till in string.gmatch(body, '(%w+)=(%d+)@(%d+)') do
          rec.nodes[name] = { tonumber(n), tonumber(till) }
        end
      end
      -- What a node holds is free once it has not been heard of for its time to live.
      local nodes, used, mine = {}, 0, 0
      for name, n in pairs(rec.nodes or {}) do
        if n[2] > ms and n[1] > 0 then
          nodes[name] = n
          used = used + n[1]
          if name == node then mine = n[1] end
        end
      end
      rec[1], rec[2], rec[3], rec.nodes = used, mine, 0, nodes
      local hold = mine
      if verb == 'c' then hold = math.max(mine - cost, 0)
      elseif verb == 'f' then hold = mine + cost
      elseif checks then
        if cost > 0 and (used + cost > slots or isdue) then violated = 1 end
        hold = mine + cost
      end
      local changed = {}
      for name, n in pairs(nodes) do changed[name] = n end
      changed[node] = { hold, ms + ttl }
      new = { used - mine + hold, hold, 0, 0, rec[5], kind = kind, nodes = changed }
    end
    if verb == 'u' then new[5] = math.max(rec[5], pause) end
    if verb == 'x' then new[5] = 0 end
    if violated == 1 then
      admitted = 0
      new = rec
    end
    before[j] = { key, recs[key] or rec, rec, violated, new }
    if not first[key] then first[key] = rec end
    recs[key] = new
  end
  local isundone = admitted == 0 or verb == 'p'
  if isundone then
    for j = asks, 1, -1 do recs[before[j][1]] = before[j][2] end
  end
  local at = #out + 1
  out[at] = admitted
  for j = 1, asks do
    local violated, new = before[j][4], before[j][5]
    local said = isundone and before[j][3] or new
    local israte = new.kind == 'r' or new.kind == 'R'
    local rest = said[2] + said[3] + said[4] + new[5] + violated
    if israte and rest == 0 and verb ~= 'g' then
      out[at + 1] = now - said[1] - 1
      at = at + 1
    else
      out[at + 1], out[at + 2], out[at + 3] = violated, said[1], said[2]
      out[at + 4], out[at + 5], out[at + 6] = said[3], said[4], new[5]
      at = at + 6
      if verb == 'g' then
        at = at + 1
        out[at] = new.born or new[1]
      end
    end
  end
end
local slack = tonumber(ARGV[2])
for key, rec in pairs(recs) do
  if rec ~= first[key] then
    local kind, text, till = rec.kind, nil, nil
    if kind == 'r' or kind == 'R' then
      text, till = string.format('%.0f', rec[1]), math.ceil(rec[1] / 1000) + 2
      if kind == 'R' then text = text .. string.format('+%.0f/%.0f', rec[2], rec.d) end
      if rec.born then text = text .. string.format(';%.0f;%.0f', rec.born, rec.back) end
    elseif kind == 'w' or kind == 'q' then
      text, till = string.format('%.0f:%.0f', rec[1], rec[2]), rec[4]
    elseif kind == 's' then
      text, till = string.format('%.0f:%.0f:%.0f', rec[1], rec[2], rec[3]), rec[4] + rec.per
    else
      local parts = {}
      till = 0
      if kind == 'l' then
        for _, s in ipairs(rec.slices) do
          if s[2] > 0 then
            parts[#parts + 1] = string.format('%.0f=%.0f', s[1], s[2])
            till = math.max(till, s[1] + rec.over)
          end
        end
      else
        for name, n in pairs(rec.nodes) do
          if n[1] > 0 then
            parts[#parts + 1] = string.format('%s=%.0f@%.0f', name, n[1], n[2])
            till = math.max(till, n[2])
          end
        end
      end
      text = table.concat(parts, ',')
    end
    if rec[5] > ms then
      text = text .. string.format('!%.0f', rec[5])
      till = math.max(till, rec[5])
    end
    redis.call('SET', key, 'v1:' .. text, 'PX', string.format('%.0f', math.max(till - ms, 1) + slack))
  end
end
-- Numbers of more digits than a text has of itself.
for n = 2, #out do
  if math.abs(out[n]) >= 100000000000000 then out[n] = string.format('%.0f', out[n]) end
end
return table.concat(out, ' ')
