-- Removes the oldest settled entries of one pipeline's log, and what belongs to their events. One slice of it.
-- KEYS  1 log, 2 state, 3 marks, 4 commits, 5… sorted sets by offset (failed, dead, resolved, cancelled, retried, attempts)
-- ARGV  1 remove what was received before this, 2 bytes to keep at most, 3 entries and 4 bytes to look at in this slice
-- Result {events removed, 1 when the slice ended before the work did}
local log, state = KEYS[1], KEYS[2]
local before, keep = tonumber(ARGV[1]), tonumber(ARGV[2])
local was = redis.call('HMGET', state, 'committed', 'oldest', 'total', 'trimmed')
local committed, oldest = tonumber(was[1] or 0), tonumber(was[2] or 0)
local kept = tonumber(was[3] or 0) - tonumber(was[4] or 0)

local removed, looked, lookedBytes, more, start, time, last = 0, 0, 0, 0, '-', nil, nil
while true do
  local entry = redis.call('XRANGE', log, start, '+', 'COUNT', 1)[1]
  if not entry then break end
  local ms, seq = string.match(entry[1], '^(%d+)%-(%d+)$')
  if tonumber(seq) >= committed or (tonumber(ms) >= before and kept <= keep) then break end
  if looked >= tonumber(ARGV[3]) or lookedBytes >= tonumber(ARGV[4]) then
    more = 1
    break
  end
  local events, bytes = tonumber(entry[2][4]), tonumber(entry[2][8])
  removed, kept = removed + events, kept - bytes
  looked, lookedBytes = looked + 1, lookedBytes + bytes
  start, time, last = '(' .. entry[1], ms, tonumber(seq)
end
if not last then return { 0, 0 } end

oldest = string.format('%.0f', last + 1)
-- It takes no memory, and so a full Redis lets the writes behind it through.
redis.call('XTRIM', log, 'MINID', time .. '-' .. oldest)
redis.call('HSET', state, 'oldest', oldest, 'trimmed', string.format('%.0f', tonumber(was[3]) - kept))
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. oldest)
-- The commit with id X settled the events below X.
redis.call('XTRIM', KEYS[4], 'MINID', string.format('%.0f-0', last + 2))
for i = 5, #KEYS - 1 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', '(' .. oldest)
end
-- Attempts are sorted by the offset behind their last event.
redis.call('ZREMRANGEBYSCORE', KEYS[#KEYS], '-inf', oldest)
return { removed, more }
