-- Finds the entry of the log that holds an offset, or the first one where the offset is older than the log. A mark stands at
-- every 16th entry or 256 KiB at least, so that few entries are looked at.
-- KEYS  1 log, 2 marks
-- ARGV  1 offset
-- Result its id, or nil where the log ends before the offset
local offset = tonumber(ARGV[1])
local mark = redis.call('ZRANGE', KEYS[2], ARGV[1], '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1)[1]
local from = mark or '-'
while true do
  local entry = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 1)[1]
  if not entry then return nil end
  if tonumber(string.match(entry[1], '%-(%d+)$')) >= offset then return entry[1] end
  from = '(' .. entry[1]
end
