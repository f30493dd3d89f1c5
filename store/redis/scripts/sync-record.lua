-- Records a sync and takes the wishes it served off the list (Syncs.record).
-- KEYS 1 the sync, 2 syncs of its repository, 3 order of the wishes, 4 wishes
-- ARGV 1 channel, 2 id, 3 when it started, 4 the record as JSON, 5… ids of the wishes
-- Answers 1, or 0 when a sync with this id is there.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
for n = 5, #ARGV do
  redis.call('ZREM', KEYS[3], ARGV[n])
  redis.call('HDEL', KEYS[4], ARGV[n])
end
redis.call('PUBLISH', ARGV[1], '')
return 1
