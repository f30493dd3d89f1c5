-- Gives a holder the right to deliver a pipeline's events, and what dead readers had in hand.
-- KEYS  1 log, 2 state
-- ARGV  1 holder, 2 time to live (ms), 3 consumer group
-- Result {epoch, committed offset}, or nil while somebody else holds it
local log, state = KEYS[1], KEYS[2]
local holder, group = ARGV[1], ARGV[3]
-- The clock of Redis, not that of the host that asks: one that is ahead would take the lease early, and deliver what another delivers.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local was = redis.call('HMGET', state, 'holder', 'until', 'committed', 'epoch')
if was[1] and was[1] ~= holder and tonumber(was[2]) > now then return nil end
local committed = tonumber(was[3] or 0)

-- A full Redis lets all writes of a script through whose first one takes no memory.
redis.call('HDEL', state, 'until')
-- The first epoch of a log is the time: a reader of a log that was deleted and came back never has the epoch of a new reader.
local epoch = was[4] and tonumber(was[4]) + 1 or tonumber(time[1]) * 1000000 + tonumber(time[2])
redis.call('HSET', state, 'epoch', string.format('%.0f', epoch), 'holder', holder, 'until',
  string.format('%.0f', now + tonumber(ARGV[2])))

local made = redis.pcall('XGROUP', 'CREATE', log, group, '0', 'MKSTREAM')
if made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then return made end
local cursor = '0-0'
repeat
  local claimed = redis.call('XAUTOCLAIM', log, group, holder, 0, cursor, 'COUNT', 1000, 'JUSTID')
  cursor = claimed[1]
  for _, id in ipairs(claimed[2]) do
    local last = tonumber(string.match(id, '%-(%d+)$'))
    if last < committed then redis.call('XACK', log, group, id) end
  end
until cursor == '0-0'
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', log, group)) do
  -- Name and pending entries stand at 2 and 4. One without entries has nothing to lose.
  if consumer[2] ~= holder and consumer[4] == 0 then redis.call('XGROUP', 'DELCONSUMER', log, group, consumer[2]) end
end
return { epoch, committed }
