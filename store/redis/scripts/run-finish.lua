-- Ends a running run with its incremental state (Runs.finish).
-- KEYS 1 the run, 2-4 the sets it leaves (status and trigger; workspace; pipeline), 5-7 those it comes into,
--      8 incremental state of its pipeline
-- ARGV 1 channel, 2-4 pipeline id, workspace and trigger that the keys were made of, 5 attempt, 6 new status,
--      7 how many texts follow, 8… fields of the outcome and their values, then sources and their state as JSON, or ''
--      to forget it
-- Answers 1; 0 when the run is not this attempt's any more; -1 when the keys are not those of this run.
local run = redis.call('HMGET', KEYS[1], 'status', 'attempt', 'id', 'createdAt', 'pipelineId', 'workspace', 'triggeredBy')
if run[1] ~= 'running' or run[2] ~= ARGV[5] then return 0 end
if run[5] ~= ARGV[2] or run[6] ~= ARGV[3] or run[7] ~= ARGV[4] then return -1 end
for set = 2, 4 do
  redis.call('ZREM', KEYS[set], run[3])
  redis.call('ZADD', KEYS[set + 3], run[4], run[3])
end
redis.call('HDEL', KEYS[1], 'leaseUntil', 'outputFile', 'outputFileSize', 'preview', 'error', 'warning')
local last = 7 + tonumber(ARGV[7])
redis.call('HSET', KEYS[1], 'status', ARGV[6], unpack(ARGV, 8, last))
-- Invariant 2: a script is executed as a whole, so that the state is durable with the outcome, or not at all.
for n = last + 1, #ARGV, 2 do
  if ARGV[n + 1] == '' then
    redis.call('HDEL', KEYS[8], ARGV[n])
  else
    redis.call('HSET', KEYS[8], ARGV[n], ARGV[n + 1])
  end
end
redis.call('PUBLISH', ARGV[1], '')
return 1
