-- Keeps the wish for a replay. One with the same id stays as it is.
-- KEYS  1 replays, 2 open replays, 3 the replay
-- ARGV  1 id, 2 created at, 3 the wish, 4 progress, 5 channel, 6 message
-- Result 1 when it is new, else 0
if redis.call('HSETNX', KEYS[3], 'wish', ARGV[3]) == 0 then return 0 end
redis.call('HSET', KEYS[3], 'status', 'pending', 'progress', ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1
