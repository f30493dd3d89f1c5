-- Takes or renews a lease (Locks.acquire).
-- KEYS 1 the lease
-- ARGV 1 holder, 2 now, 3 until when
-- Answers 1, or 0 when somebody else has it.
local lease = redis.call('HMGET', KEYS[1], 'holder', 'until')
if lease[1] and lease[1] ~= ARGV[1] and tonumber(lease[2]) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', ARGV[3])
return 1
