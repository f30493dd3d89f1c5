-- Prolongs a lease.
-- KEYS  1 state
-- ARGV  1 epoch, 2 time to live (ms), by the clock of Redis, 3 the committed offset and 4 the end of the log at the least, as the reader saw them
-- Result 1, or 0 when the lease is not this epoch's any more, or the log was put back
local was = redis.call('HMGET', KEYS[1], 'epoch', 'holder', 'committed', 'next')
if was[1] ~= ARGV[1] or not was[2] then return 0 end
-- Redis has lost what it had acknowledged: the reader has to go on at the offset that is there.
if tonumber(was[3] or 0) < tonumber(ARGV[3]) or tonumber(was[4] or 0) < tonumber(ARGV[4]) then return 0 end
-- A full Redis lets all writes of a script through whose first one takes no memory.
redis.call('HDEL', KEYS[1], 'until')
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + tonumber(ARGV[2])))
return 1
