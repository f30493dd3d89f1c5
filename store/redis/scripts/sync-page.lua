-- A page of a repository's syncs, newest first (Syncs.list).
-- KEYS 1 syncs of the repository
-- ARGV 1 how many at most, 2 the id to go on behind, or ''
-- Answers ids; none when there is no sync with the id of ARGV 2.
local from = 0
if ARGV[2] ~= '' then
  local rank = redis.call('ZREVRANK', KEYS[1], ARGV[2])
  if not rank then return {} end
  from = rank + 1
end
return redis.call('ZREVRANGE', KEYS[1], from, from + tonumber(ARGV[1]) - 1)
