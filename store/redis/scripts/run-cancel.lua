-- Cancels a pending run, asks a running one to stop (Runs.cancel).
-- KEYS 1 the run, 2-4 the sets a pending one leaves (status and trigger; workspace; pipeline), 5-7 those it comes into
-- ARGV 1 channel, 2-4 pipeline id, workspace and trigger that the keys were made of, 5 now, 6 who, 7 error of a run that is
--      cancelled while it is pending, as JSON
-- Answers the fields and values of the run; 0 when there is none; -1 when the keys are not those of this run.
local run = redis.call('HMGET', KEYS[1], 'status', 'cancelRequestedAt', 'id', 'createdAt', 'pipelineId', 'workspace',
  'triggeredBy')
if not run[1] then return 0 end
if run[5] ~= ARGV[2] or run[6] ~= ARGV[3] or run[7] ~= ARGV[4] then return -1 end
if run[1] == 'pending' then
  for set = 2, 4 do
    redis.call('ZREM', KEYS[set], run[3])
    redis.call('ZADD', KEYS[set + 3], run[4], run[3])
  end
  redis.call('HSET', KEYS[1], 'status', 'cancelled', 'finishedAt', ARGV[5], 'error', ARGV[7])
end
if run[1] == 'pending' or (run[1] == 'running' and not run[2]) then
  redis.call('HSET', KEYS[1], 'cancelRequestedAt', ARGV[5], 'cancelRequestedBy', ARGV[6])
  redis.call('PUBLISH', ARGV[1], '')
end
return redis.call('HGETALL', KEYS[1])
