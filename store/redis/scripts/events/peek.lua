-- Finds an entry of the log without its events.
-- KEYS  1 log
-- ARGV  1 where to begin, as for XRANGE
-- Result {id, first offset}, or nil where the log ends before
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', 1)[1]
-- The fields are f, n, c, b, y, l, d, each before its value.
return entry and { entry[1], tonumber(entry[2][2]) } or nil
