-- Ends a pending replay, asks a running one to stop.
-- KEYS  1 open replays, 2 the replay
-- ARGV  1 id, 2 by, 3 now, 4 channel, 5 message
-- Result 1, or 0 when it has ended or there is none
local status = redis.call('HGET', KEYS[2], 'status')
if status ~= 'pending' and status ~= 'running' then return 0 end
-- A full Redis lets all writes of a script through whose first one takes no memory.
redis.call('HDEL', KEYS[2], 'error')
redis.call('HSETNX', KEYS[2], 'cancelRequestedAt', ARGV[3])
redis.call('HSETNX', KEYS[2], 'cancelRequestedBy', ARGV[2])
if status == 'pending' then
  redis.call('HSET', KEYS[2], 'status', 'cancelled', 'finishedAt', ARGV[3])
  redis.call('ZREM', KEYS[1], ARGV[1])
end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
