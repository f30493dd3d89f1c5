-- How many runs there are in several sorted sets together.
-- KEYS sorted sets that no run is in twice
-- ARGV 1 created at or after, or '-inf', 2 created before, as '(time' or '+inf'
-- Answers the number.
local total = 0
for _, key in ipairs(KEYS) do total = total + redis.call('ZCOUNT', key, ARGV[1], ARGV[2]) end
return total
