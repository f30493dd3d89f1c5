-- Reserves an idempotency key (Answers.reserve).
-- KEYS 1 the answer, 2 keys of the owner, 3 keys of all owners
-- ARGV 1 owner, 2 key, 3 request, 4 holder, 5 now, 6 until when, 7 how many keys an owner may have
-- Answers {'reserved'}, {'kept', answer}, {'running'}, {'other'} or {'full'}.
local known = redis.call('HMGET', KEYS[1], 'request', 'until', 'answer')
if known[1] and tonumber(known[2]) > tonumber(ARGV[5]) then
  if known[1] ~= ARGV[3] then return { 'other' } end
  if known[3] then return { 'kept', known[3] } end
  return { 'running' }
end
if redis.call('ZCOUNT', KEYS[2], '(' .. ARGV[5], '+inf') >= tonumber(ARGV[7]) then return { 'full' } end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'request', ARGV[3], 'holder', ARGV[4], 'until', ARGV[6])
redis.call('ZADD', KEYS[2], ARGV[6], ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[6], cjson.encode({ ARGV[1], ARGV[2] }))
return { 'reserved' }
