-- Deletes a blob (Blobs.delete).
-- KEYS 1 the blob, 2 names, 3 names by when they run out
-- ARGV 1 channel, 2 name
-- Answers {its parts or '', its size}, or {} when there is none.
local before = redis.call('HMGET', KEYS[1], 'parts', 'size')
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[2])
if redis.call('DEL', KEYS[1]) == 0 then return {} end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return { before[1] or '', before[2] }
