-- Gives a lease back.
-- KEYS  1 state
-- ARGV  1 epoch
-- Result 1, or 0 when the lease is not this epoch's any more
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'holder', 'until')
return 1
