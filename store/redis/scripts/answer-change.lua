-- Renews a reservation, keeps its answer, or frees it (Answers.renew, keep and release).
-- KEYS 1 the answer, 2 keys of the owner, 3 keys of all owners
-- ARGV 1 owner, 2 key, 3 holder, 4 until when, or '' to free it, 5 the answer, or ''
-- Answers 1, or 0 when it is not the holder's or has its answer.
local known = redis.call('HMGET', KEYS[1], 'holder', 'answer')
if known[1] ~= ARGV[3] or known[2] then return 0 end
local member = cjson.encode({ ARGV[1], ARGV[2] })
if ARGV[4] == '' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('ZREM', KEYS[3], member)
  return 1
end
redis.call('HSET', KEYS[1], 'until', ARGV[4])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'answer', ARGV[5]) end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[4], member)
return 1
