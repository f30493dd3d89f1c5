-- Deletes old records of changes (Audit.prune, a slice of it).
-- KEYS 1 records, 2 ends, 3 times of all, 4 times of refused ones or of the others
-- ARGV 1 before which time, 2 how many are kept, 3 how many to delete at most
-- Answers how many it deleted.
local beyond = redis.call('ZCARD', KEYS[4]) - tonumber(ARGV[2])
local old = redis.call('ZCOUNT', KEYS[4], '-inf', '(' .. ARGV[1])
local count = math.min(math.max(beyond, old), tonumber(ARGV[3]))
if count <= 0 then return 0 end
local ids = redis.call('ZRANGE', KEYS[4], 0, count - 1)
redis.call('HDEL', KEYS[1], unpack(ids))
redis.call('HDEL', KEYS[2], unpack(ids))
redis.call('ZREM', KEYS[3], unpack(ids))
redis.call('ZREM', KEYS[4], unpack(ids))
return #ids
