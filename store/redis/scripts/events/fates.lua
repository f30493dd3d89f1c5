-- What is known of the events from one offset on and below another, which lie in one entry of the log.
-- KEYS  1 state, 2 commits, 3 failed, 4 cancelled, 5 retried, 6 resolved
-- ARGV  1 first offset, 2 the one behind the last
-- Result {committed, {id, {'t', time, 'r', revision}}… of the commits that settled them, and of each sorted set
--       {record, offset, …}}
local from, to = ARGV[1], ARGV[2]
local result = { tonumber(redis.call('HGET', KEYS[1], 'committed') or 0) }
-- The commit with id X settled the events below X.
local after = string.format('%.0f', tonumber(from) + 1)
result[2] = redis.call('XRANGE', KEYS[2], after, '+', 'COUNT', tonumber(to) - tonumber(from))
for i = 3, 6 do
  result[i] = redis.call('ZRANGE', KEYS[i], from, '(' .. to, 'BYSCORE', 'WITHSCORES')
end
return result
