-- Prolongs the lease of a running run (Runs.heartbeat).
-- KEYS 1 the run
-- ARGV 1 channel, 2 attempt, 3 lease until, 4 progress as JSON or ''
-- Answers 1 when it is to be cancelled, else 0; -1 when the run is not this attempt's any more.
local run = redis.call('HMGET', KEYS[1], 'status', 'attempt', 'cancelRequestedAt')
if run[1] ~= 'running' or run[2] ~= ARGV[2] then return -1 end
redis.call('HSET', KEYS[1], 'leaseUntil', ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'progress', ARGV[4]) end
redis.call('PUBLISH', ARGV[1], 'progress')
return run[3] and 1 or 0
