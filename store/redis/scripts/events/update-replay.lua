-- Notes how far a replay is, the dead letters that it delivered, and attempts: all of it or nothing (invariant 2).
-- KEYS  1 state, 2 open replays, 3 the replay, 4 dead, 5 resolved, 6 attempts
-- ARGV  1 epoch, 2 id, 3 at, 4 status, 5 progress, 6 error or '', 7 resolved, 8 attempts to keep of one batch;
--       for each resolved: offset; for each attempt: from, to, record
-- Result 1; 0 when the epoch is not the newest
local state, replay, dead, resolved, attempts = KEYS[1], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local was = redis.call('HMGET', state, 'epoch', 'widest')
if was[1] ~= ARGV[1] then return 0 end

-- A full Redis lets all writes of a script through whose first one takes no memory.
redis.call('HDEL', state, 'full')
local status = redis.call('HGET', replay, 'status')
if status == 'pending' or status == 'running' then
  redis.call('HSETNX', replay, 'startedAt', ARGV[3])
  redis.call('HSET', replay, 'status', ARGV[4], 'progress', ARGV[5])
  if ARGV[6] ~= '' then redis.call('HSET', replay, 'error', ARGV[6]) end
  if ARGV[4] ~= 'running' then
    redis.call('HSET', replay, 'finishedAt', ARGV[3])
    redis.call('ZREM', KEYS[2], ARGV[2])
  end
end

-- What was delivered was delivered, also when the replay was ended meanwhile.
local at = 9
for _ = 1, tonumber(ARGV[7]) do
  if redis.call('ZREM', dead, ARGV[at]) == 1 then redis.call('ZADD', resolved, ARGV[at], ARGV[at] .. ' ' .. ARGV[3]) end
  at = at + 1
end
local widest = tonumber(was[2] or 0)
for i = at, #ARGV, 3 do
  redis.call('ZADD', attempts, ARGV[i + 1], ARGV[i + 2])
  -- Members of one score are in the order of their texts, which begin with the time.
  local same = redis.call('ZCOUNT', attempts, ARGV[i + 1], ARGV[i + 1])
  if same > tonumber(ARGV[8]) then
    local oldest = redis.call('ZRANGE', attempts, ARGV[i + 1], ARGV[i + 1], 'BYSCORE', 'LIMIT', 0, same - ARGV[8])
    redis.call('ZREM', attempts, unpack(oldest))
  end
  widest = math.max(widest, tonumber(ARGV[i + 1]) - tonumber(ARGV[i]))
end
redis.call('HSET', state, 'widest', widest)
return 1
