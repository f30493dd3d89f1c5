-- Changes the sealing key (Secrets.useKey).
-- KEYS 1 the sealing key
-- ARGV 1 channel, 2 the one expected or '', 3 the next one
-- Answers 1, or 0 when it is another one than expected.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3])
redis.call('PUBLISH', ARGV[1], '')
return 1
