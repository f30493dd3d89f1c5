-- Writes a record of a change, or notes its end (Audit.append and end).
-- KEYS 1 records, 2 ends, 3 times of all, 4 times of refused ones, 5 times of the others
-- ARGV 1 id, 2 time, or '' when only the end is noted, 3 the record as JSON, or '', 4 its end as JSON, 5 1 when it was refused
-- Answers 1, or 0 when the record is gone.
local id, at = ARGV[1], ARGV[2]
if at == '' then
  at = redis.call('ZSCORE', KEYS[3], id)
  if not at then return 0 end
else
  redis.call('HSET', KEYS[1], id, ARGV[3])
  redis.call('ZADD', KEYS[3], at, id)
end
redis.call('HSET', KEYS[2], id, ARGV[4])
local into, from = KEYS[5], KEYS[4]
if ARGV[5] == '1' then into, from = KEYS[4], KEYS[5] end
redis.call('ZREM', from, id)
redis.call('ZADD', into, at, id)
return 1
