-- Puts a running run back to pending (Runs.requeue).
-- KEYS 1 the run, 2-4 the sets it leaves (status and trigger; workspace; pipeline), 5-7 those it comes into
-- ARGV 1 channel, 2-4 pipeline id, workspace and trigger that the keys were made of, 5 attempt, 6 not before,
--      7 whether no runner was given it (1 or 0)
-- Answers 1; 0 when the run is not this attempt's any more or is to be cancelled; -1 when the keys are not those of this run.
local run = redis.call('HMGET', KEYS[1], 'status', 'attempt', 'id', 'createdAt', 'pipelineId', 'workspace', 'triggeredBy',
  'cancelRequestedAt')
if run[1] ~= 'running' or run[2] ~= ARGV[5] or run[8] then return 0 end
if run[5] ~= ARGV[2] or run[6] ~= ARGV[3] or run[7] ~= ARGV[4] then return -1 end
for set = 2, 4 do
  redis.call('ZREM', KEYS[set], run[3])
  redis.call('ZADD', KEYS[set + 3], run[4], run[3])
end
redis.call('HSET', KEYS[1], 'status', 'pending', 'notBefore', ARGV[6])
if ARGV[7] == '1' then redis.call('HINCRBY', KEYS[1], 'spared', 1) end
redis.call('HDEL', KEYS[1], 'runner', 'leaseUntil', 'startedAt', 'progress')
redis.call('PUBLISH', ARGV[1], '')
return 1
