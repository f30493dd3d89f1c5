-- Stores a blob, or the head of a large one whose parts are stored already (Blobs.put).
-- KEYS 1 the blob, 2 names, 3 names by when they run out
-- ARGV 1 channel, 2 name, 3 until when, 4 size, 5 the bytes, 6 its parts or '' for a small one
-- Answers what it replaced: {its parts or '', its size}.
local before = redis.call('HMGET', KEYS[1], 'parts', 'size')
redis.call('DEL', KEYS[1])
if ARGV[6] == '' then
  redis.call('HSET', KEYS[1], 'until', ARGV[3], 'size', ARGV[4], 'bytes', ARGV[5])
else
  redis.call('HSET', KEYS[1], 'until', ARGV[3], 'size', ARGV[4], 'parts', ARGV[6])
end
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], 0, ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return { before[1] or '', before[2] or '0' }
