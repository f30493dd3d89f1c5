-- Keeps blobs longer (Blobs.touch).
-- KEYS 1 names by when they run out, 2… the blobs
-- ARGV 1 until when, 2… their names
-- Answers for each blob 1, or 0 when there is none.
local found = {}
for n = 2, #KEYS do
  local till = redis.call('HGET', KEYS[n], 'until')
  if till and tonumber(till) < tonumber(ARGV[1]) then
    -- A full Redis lets all writes of a script through whose first one takes no memory: what is kept is in use.
    redis.call('PEXPIREAT', KEYS[n], ARGV[1])
    redis.call('HSET', KEYS[n], 'until', ARGV[1])
    redis.call('ZADD', KEYS[1], ARGV[1], ARGV[n])
  end
  found[n - 1] = till and 1 or 0
end
return found
