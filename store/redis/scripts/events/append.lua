-- Stores blocks of events at the end of one pipeline's log, with their idempotency keys (invariant 1: both or nothing).
-- KEYS  1 log, 2 state, 3 marks, 4 the buckets, 5 the bucket of now, 6… all others that may hold keys which are not past
-- ARGV  1 channel, 2 message, 3 a text that is unique to this call, 4 now, 5 how long idempotency keys hold (ms), 6 number of
--       the bucket of now, 7 when it is dropped at the latest (ms from now), 8 blocks, 9 idempotency keys;
--       for each block: now, events, bytes of its text, names of its types, lengths of its entries, text;
--       for each idempotency key, each once: its text, hash of the event, its block (from 1), its place there (from 0)
-- Result {1, 1 when the log is new, first offset, time of each block…}; or, with nothing stored, when some of the keys came
--       before: {0, number of the key (from 0), "time offset hash", …}
local log, state, marks, bucket = KEYS[1], KEYS[2], KEYS[3], KEYS[5]
local now, holds, blocks, keys = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[8]), tonumber(ARGV[9])
local keysAt = 10 + blocks * 6
local was = redis.call('HMGET', state, 'next', 'last', 'total', 'born', 'unmarked', 'unmarkedBytes')
local born = was[4]
local AT_ONCE = 1000

if born and keys > 0 then
  local found = { 0 }
  for k = 5, #KEYS do
    for from = 0, redis.call('EXISTS', KEYS[k]) == 1 and keys - 1 or -1, AT_ONCE do
      local texts = {}
      for i = from, math.min(from + AT_ONCE, keys) - 1 do texts[#texts + 1] = ARGV[keysAt + i * 4] end
      for i, value in ipairs(redis.call('HMGET', KEYS[k], unpack(texts))) do
        if value then
          -- A key of a log that was deleted since means nothing; one that has passed neither.
          local of, time, rest = string.match(value, '^(%S+) (%d+) (.+)$')
          if of == born and now - tonumber(time) < holds then
            found[#found + 1] = from + i - 1
            found[#found + 1] = time .. ' ' .. rest
          end
        end
      end
    end
  end
  if #found > 1 then return found end
end

local fresh = 0
if not born then
  born, fresh = ARGV[3], 1
end
local first = tonumber(was[1] or 0)
local last = tonumber(was[2] or 0)
local total = tonumber(was[3] or 0)
local unmarked = tonumber(was[5] or 16)
local unmarkedBytes = tonumber(was[6] or 0)
local result, firsts, times = { 1, fresh, first }, {}, {}

for block = 1, blocks do
  local at = 10 + (block - 1) * 6
  local events, bytes = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  last = math.max(tonumber(ARGV[at]), last)
  local id = string.format('%.0f-%.0f', last, first + events - 1)
  redis.call('XADD', log, id, 'f', string.format('%.0f', first), 'n', events, 'c', string.format('%.0f', total),
    'b', bytes, 'y', ARGV[at + 3], 'l', ARGV[at + 4], 'd', ARGV[at + 5])
  if unmarked >= 16 or unmarkedBytes >= 262144 then
    redis.call('ZADD', marks, first, id)
    unmarked, unmarkedBytes = 0, 0
  end
  unmarked, unmarkedBytes = unmarked + 1, unmarkedBytes + bytes
  firsts[block], times[block] = first, string.format('%.0f', last)
  result[3 + block] = last
  first, total = first + events, total + bytes
end

redis.call('HSET', state, 'next', string.format('%.0f', first), 'last', string.format('%.0f', last), 'total',
  string.format('%.0f', total), 'born', born, 'unmarked', unmarked, 'unmarkedBytes', unmarkedBytes)
if keys > 0 then
  local opened = redis.call('EXISTS', bucket) == 0
  for from = 0, keys - 1, AT_ONCE do
    local pairs = {}
    for at = keysAt + from * 4, keysAt + math.min(from + AT_ONCE, keys) * 4 - 1, 4 do
      local block = tonumber(ARGV[at + 2])
      local offset = string.format('%.0f', firsts[block] + tonumber(ARGV[at + 3]))
      pairs[#pairs + 1] = ARGV[at]
      pairs[#pairs + 1] = born .. ' ' .. times[block] .. ' ' .. offset .. ' ' .. ARGV[at + 1]
    end
    redis.call('HSET', bucket, unpack(pairs))
  end
  if opened then
    redis.call('PEXPIRE', bucket, ARGV[7])
    redis.call('ZADD', KEYS[4], ARGV[6], ARGV[6])
  end
end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return result
