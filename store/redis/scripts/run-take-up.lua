-- One process begins an attempt (Runs.takeUp).
-- KEYS 1 the run
-- ARGV 1 attempt, 2 the process
-- Answers 1 when it is this one, else 0.
local run = redis.call('HMGET', KEYS[1], 'status', 'attempt', 'takenBy')
if run[1] ~= 'running' or run[2] ~= ARGV[1] then return 0 end
if run[3] and run[3] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'takenBy', ARGV[2])
return 1
