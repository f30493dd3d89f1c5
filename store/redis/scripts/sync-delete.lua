-- Deletes some syncs of a repository (Syncs.prune, a slice of it).
-- KEYS 1 syncs of the repository, 2… the syncs
-- ARGV 1 channel, 2… their ids, in the same order
-- Answers how many were there.
local deleted = 0
for n = 2, #KEYS do
  redis.call('ZREM', KEYS[1], ARGV[n])
  deleted = deleted + redis.call('DEL', KEYS[n])
end
redis.call('PUBLISH', ARGV[1], '')
return deleted
