-- Takes wishes off the list.
-- KEYS 1 order of the wishes, 2 wishes
-- ARGV 1 channel, 2… ids
-- Answers how many were there.
local gone = 0
for n = 2, #ARGV do
  redis.call('ZREM', KEYS[1], ARGV[n])
  gone = gone + redis.call('HDEL', KEYS[2], ARGV[n])
end
redis.call('PUBLISH', ARGV[1], '')
return gone
