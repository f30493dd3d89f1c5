-- Deletes runs with their logs: those that are in the status that the keys were made of. Others stay.
-- KEYS 1 all runs, 2 runs of the pipeline, then for each run: 3 the run, 4 its log, 5 runs of its status and trigger, 6 those
--      of its workspace too, 7 runs of its pipeline and status; and so on
-- ARGV 1 channel, then for each run: 2 id, 3 status; and so on
-- Answers the ids of those that are gone.
local gone, at = {}, 2
for key = 3, #KEYS, 5 do
  local id, status = ARGV[at], redis.call('HGET', KEYS[key], 'status')
  if not status or status == ARGV[at + 1] then
    redis.call('UNLINK', KEYS[key], KEYS[key + 1])
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
    for set = key + 2, key + 4 do redis.call('ZREM', KEYS[set], id) end
    gone[#gone + 1] = id
  end
  at = at + 2
end
redis.call('PUBLISH', ARGV[1], '')
return gone
