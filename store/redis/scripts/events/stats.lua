-- Figures of one pipeline's log.
-- KEYS  1 log, 2 state, 3 marks, 4 dead
-- ARGV  1 the instant since which events are counted
-- Result {next, committed, oldest, bytes, bytes not settled, dead letters, events since, last time, time of the commit or -1,
--       when the oldest event that is not settled was received, or -1}; nil where there never was an event
local log, marks = KEYS[1], KEYS[3]
local was = redis.call('HMGET', KEYS[2], 'next', 'committed', 'oldest', 'total', 'trimmed', 'last', 'committedAt')
if not was[1] then return nil end
local next, committed, oldest = tonumber(was[1]), tonumber(was[2] or 0), tonumber(was[3] or 0)
local total = tonumber(was[4])

local since = next
local recent = redis.call('XRANGE', log, ARGV[1], '+', 'COUNT', 1)[1]
if recent then since = tonumber(recent[2][2]) end

local backlog, waiting = 0, -1
if committed < next then
  local mark = redis.call('ZRANGE', marks, committed, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1)[1]
  local from = mark or '-'
  while true do
    local entry = redis.call('XRANGE', log, from, '+', 'COUNT', 1)[1]
    if not entry then break end
    local time, last = string.match(entry[1], '^(%d+)%-(%d+)$')
    if tonumber(last) >= committed then
      -- The fields are f, n, c, b, y, l, d, each before its value.
      waiting, backlog = tonumber(time), total - tonumber(entry[2][6])
      break
    end
    from = '(' .. entry[1]
  end
end
return { next, committed, oldest, total - tonumber(was[5] or 0), backlog, redis.call('ZCARD', KEYS[4]), next - since,
  tonumber(was[6]), tonumber(was[7] or -1), waiting }
