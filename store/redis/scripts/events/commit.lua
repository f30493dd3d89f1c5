-- Notes what a reader has settled: all of it or nothing (invariant 2). Works in a full Redis too, so that delivery, and then
-- retention, can make room.
-- KEYS  1 log, 2 state, 3 commits, 4 failed, 5 dead, 6 cancelled, 7 attempts, 8 retried, 9 resolved
-- ARGV  1 epoch, 2 offset, 3 at, 4 revision, 5 consumer group, 6 failed, 7 cancelled, 8 attempts, 9 attempts to keep of one
--       batch, 10 the committed offset and 11 the end of the log at the least, as the reader saw them;
--       for each failed: offset, record; for each cancelled: offset, record; for each attempt: from, to, record;
--       then the ids of the log's entries that are done with
-- Result 1, also when the same commit was done already; 0 when the epoch is not the newest, or the log was put back; -1 when it settles what it may
--       not: beyond the log's end, or once more
local log, state, commits, failed, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local cancelled, attempts, retried, resolved = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local was = redis.call('HMGET', state, 'epoch', 'committed', 'next', 'widest')
if was[1] ~= ARGV[1] then return 0 end
local from, offset = tonumber(was[2] or 0), tonumber(ARGV[2])
-- Redis has lost what it had acknowledged: offsets that the reader is past are given to other events.
if from < tonumber(ARGV[10]) or tonumber(was[3] or 0) < tonumber(ARGV[11]) then return 0 end
if offset < from or offset > tonumber(was[3] or 0) then return -1 end
local failures, left, tries = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
-- The answer to this very commit got lost: no other reader settles up to here in this epoch.
if offset == from and failures + left > 0 then
  local same = true
  for at = 12, 10 + 2 * (failures + left), 2 do
    local of = at < 12 + 2 * failures and failed or cancelled
    same = same and tonumber(ARGV[at]) < offset and redis.call('ZCOUNT', of, ARGV[at], ARGV[at]) > 0
  end
  if same then return 1 end
end
for at = 12, 10 + 2 * (failures + left), 2 do
  if tonumber(ARGV[at]) < from or tonumber(ARGV[at]) >= offset then return -1 end
end

-- A full Redis lets all writes of a script through whose first one takes no memory.
redis.call('HDEL', state, 'full')
-- What was cancelled too late was delivered or has failed; what was left out has its record of the wish, or that of the reader.
local out, at = {}, 12 + 2 * failures
for _ = 1, left do
  out[ARGV[at]] = true
  if redis.call('ZCOUNT', cancelled, ARGV[at], ARGV[at]) == 0 then redis.call('ZADD', cancelled, ARGV[at], ARGV[at + 1]) end
  at = at + 2
end
local wishes = redis.call('ZRANGE', cancelled, from, '(' .. ARGV[2], 'BYSCORE', 'WITHSCORES')
for i = 1, #wishes, 2 do
  if not out[string.format('%.0f', tonumber(wishes[i + 1]))] then redis.call('ZREM', cancelled, wishes[i]) end
end

for i = 12, 10 + 2 * failures, 2 do
  redis.call('ZADD', failed, ARGV[i], ARGV[i + 1])
  if redis.call('ZCOUNT', retried, ARGV[i], ARGV[i]) > 0 then
    redis.call('ZADD', resolved, ARGV[i], ARGV[i] .. ' ' .. ARGV[3])
  else
    redis.call('ZADD', dead, ARGV[i], ARGV[i])
  end
end

local widest = tonumber(was[4] or 0)
for _ = 1, tries do
  redis.call('ZADD', attempts, ARGV[at + 1], ARGV[at + 2])
  -- Members of one score are in the order of their texts, which begin with the time.
  local same = redis.call('ZCOUNT', attempts, ARGV[at + 1], ARGV[at + 1])
  if same > tonumber(ARGV[9]) then
    local oldest = redis.call('ZRANGE', attempts, ARGV[at + 1], ARGV[at + 1], 'BYSCORE', 'LIMIT', 0, same - ARGV[9])
    redis.call('ZREM', attempts, unpack(oldest))
  end
  widest = math.max(widest, tonumber(ARGV[at + 1]) - tonumber(ARGV[at]))
  at = at + 3
end
redis.call('HSET', state, 'widest', widest)

if offset > from then
  redis.call('XADD', commits, ARGV[2] .. '-0', 't', ARGV[3], 'r', ARGV[4])
  redis.call('HSET', state, 'committed', ARGV[2], 'committedAt', ARGV[3])
end
for i = at, #ARGV, 1000 do
  redis.call('XACK', log, ARGV[5], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
return 1
