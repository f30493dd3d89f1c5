-- Deletes answers that have run out (Answers.prune, a slice of it).
-- KEYS 1 keys of all owners, then for each: the answer, keys of its owner
-- ARGV 1 now, then for each: its member in KEYS 1, its key
-- Answers how many there were. One that was reserved anew meanwhile stays.
local deleted = 0
for n = 2, #ARGV, 2 do
  local till = redis.call('ZSCORE', KEYS[1], ARGV[n])
  if till and tonumber(till) <= tonumber(ARGV[1]) then
    redis.call('DEL', KEYS[n])
    redis.call('ZREM', KEYS[n + 1], ARGV[n + 1])
    redis.call('ZREM', KEYS[1], ARGV[n])
    deleted = deleted + 1
  end
end
return deleted
