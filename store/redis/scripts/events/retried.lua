-- Notes which event tries another one again; a dead letter is resolved by it.
-- KEYS  1 retried, 2 dead, 3 resolved
-- ARGV  1 offset, 2 record, 3 now
-- Result 1
redis.call('ZREMRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
if redis.call('ZREM', KEYS[2], ARGV[1]) == 1 then redis.call('ZADD', KEYS[3], ARGV[1], ARGV[1] .. ' ' .. ARGV[3]) end
return 1
