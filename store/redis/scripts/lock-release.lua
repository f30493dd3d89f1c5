-- Gives a lease back, if it is the holder's (Locks.release).
-- KEYS 1 the lease
-- ARGV 1 holder
-- Answers how many were given back.
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
