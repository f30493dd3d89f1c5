-- Deletes blobs that have run out, and their names (Blobs.prune, a slice of it).
-- KEYS 1 names, 2 names by when they run out, 3… the blobs
-- ARGV 1 now, 2… their names
-- Answers how many there were. One that was stored anew or touched meanwhile stays.
local deleted = 0
for n = 2, #ARGV do
  local till = redis.call('ZSCORE', KEYS[2], ARGV[n])
  if till and tonumber(till) <= tonumber(ARGV[1]) then
    redis.call('DEL', KEYS[n + 1])
    redis.call('ZREM', KEYS[1], ARGV[n])
    redis.call('ZREM', KEYS[2], ARGV[n])
    deleted = deleted + 1
  end
end
return deleted
