-- Records runs, and where asked for moves a schedule cursor; runs that exist are left alone (invariant 3).
-- KEYS 1 all runs, 2 cursors, then for each run: 3 the run, 4 runs of its status and trigger, 5 those of its workspace too,
--      6 runs of its pipeline, 7 those of its status too; and so on
-- ARGV 1 channel, 2 pipeline whose cursor moves or '', 3 cursor that is expected or '' for none, 4 new cursor,
--      then for each run: 5 id, 6 when it was created, 7 how many texts follow, 8… its fields and their values
-- Answers how many were new, or -1 when the cursor is another one: then nothing was done.
if ARGV[2] ~= '' then
  if (redis.call('HGET', KEYS[2], ARGV[2]) or '') ~= ARGV[3] then return -1 end
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
end
local created, at = 0, 5
for key = 3, #KEYS, 5 do
  local id, time, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  if redis.call('EXISTS', KEYS[key]) == 0 then
    redis.call('HSET', KEYS[key], unpack(ARGV, at + 3, at + 2 + count))
    redis.call('ZADD', KEYS[1], time, id)
    for set = key + 1, key + 4 do redis.call('ZADD', KEYS[set], time, id) end
    created = created + 1
  end
  at = at + 3 + count
end
redis.call('PUBLISH', ARGV[1], '')
return created
