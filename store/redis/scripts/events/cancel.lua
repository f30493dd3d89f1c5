-- Cancels an event that is not settled.
-- KEYS  1 state, 2 cancelled
-- ARGV  1 offset, 2 record, 3 channel, 4 message
-- Result 1 when it is cancelled, by this call or before; 0 when it is settled otherwise
if redis.call('ZCOUNT', KEYS[2], ARGV[1], ARGV[1]) > 0 then return 1 end
if tonumber(ARGV[1]) < tonumber(redis.call('HGET', KEYS[1], 'committed') or 0) then return 0 end
redis.call('ZADD', KEYS[2], ARGV[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
