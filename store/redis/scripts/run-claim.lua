-- Gives a pending run to a runner (Runs.claim).
-- KEYS 1 the run, 2-4 the sets it leaves (status and trigger; workspace; pipeline), 5-7 those it comes into
-- ARGV 1 channel, 2-4 pipeline id, workspace and trigger that the keys were made of, 5 now, 6 lease until, 7 runner,
--      8 revision, 9 generation, 10 whether it has to be the only running one of its pipeline (1 or 0)
-- Answers the fields and values of the run; 0 when it cannot be claimed; -1 when the keys are not those of this run.
local run = redis.call('HMGET', KEYS[1], 'status', 'notBefore', 'id', 'createdAt', 'pipelineId', 'workspace', 'triggeredBy')
if run[1] ~= 'pending' or tonumber(run[2]) > tonumber(ARGV[5]) then return 0 end
if run[5] ~= ARGV[2] or run[6] ~= ARGV[3] or run[7] ~= ARGV[4] then return -1 end
if ARGV[10] == '1' and redis.call('ZCARD', KEYS[7]) > 0 then return 0 end
for set = 2, 4 do
  redis.call('ZREM', KEYS[set], run[3])
  redis.call('ZADD', KEYS[set + 3], run[4], run[3])
end
redis.call('HINCRBY', KEYS[1], 'attempt', 1)
redis.call('HSET', KEYS[1], 'status', 'running', 'startedAt', ARGV[5], 'leaseUntil', ARGV[6], 'runner', ARGV[7],
  'revision', ARGV[8], 'generation', ARGV[9])
redis.call('HDEL', KEYS[1], 'progress', 'takenBy')
redis.call('PUBLISH', ARGV[1], '')
return redis.call('HGETALL', KEYS[1])
