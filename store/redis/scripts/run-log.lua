-- Appends lines to the log of a run (Runs.appendLogs).
-- KEYS 1 the run, 2 its log
-- ARGV 1 channel, 2 how many lines are kept, 3 the line that comes behind those, 4… lines as JSON
-- Answers how many lines there are now; 0 when there is no such run.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local length, limit = redis.call('LLEN', KEYS[2]), tonumber(ARGV[2])
if length > limit then return length end
local last = math.min(#ARGV, 3 + limit - length)
for from = 4, last, 1000 do
  length = redis.call('RPUSH', KEYS[2], unpack(ARGV, from, math.min(from + 999, last)))
end
if last < #ARGV then length = redis.call('RPUSH', KEYS[2], ARGV[3]) end
redis.call('PUBLISH', ARGV[1], 'progress')
return length
