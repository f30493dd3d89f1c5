-- Records a wish for a sync; one with the same id stays as it is (Syncs.request).
-- KEYS 1 order of the wishes, 2 wishes
-- ARGV 1 channel, 2 id, 3 when it was made, 4 the wish as JSON
-- Answers 1 when it is new, else 0.
if redis.call('HSETNX', KEYS[2], ARGV[2], ARGV[4]) == 0 then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
redis.call('PUBLISH', ARGV[1], '')
return 1
