-- Appends events to the tail of one channel, or replaces the tail; nothing in between is ever seen.
--
-- KEYS  stream, top
-- ARGV  1 pub/sub channel, 2 epoch, 3 MAXLEN, 4 TTL in seconds, 5 "append" or "refill",
--       6-8 the top (epoch, seq, change) that the caller of a refill has seen, 9-10 seq and change
--       of the event before the first, then for each event: seq, prev, change, signed message.
--       The caller vouches that the events form one chain.
-- Reply outcome, then the top as it stands now. A top that is no hash is shown as "!", "", "".

local FIRST_EVENT, EVENT_WIDTH = 11, 4

local function failed_with(reply, text)
  return type(reply) == 'table' and reply.err and string.find(reply.err, text, 1, true)
end

local stored = redis.pcall('HMGET', KEYS[2], 'epoch', 'seq', 'change')
if failed_with(stored, 'WRONGTYPE') then
  stored = { '!' }
elseif stored.err then
  return stored
end
local epoch, seq, change = stored[1] or '', stored[2] or '', stored[3] or ''
local is_refill = ARGV[5] == 'refill'

local function answer(outcome)
  return { outcome, epoch, seq, change }
end

local last_seq, last_change = seq, change
if is_refill then
  if epoch ~= ARGV[6] or seq ~= ARGV[7] or change ~= ARGV[8] then
    return answer('diverged')
  end
  last_seq, last_change = ARGV[9], ARGV[10]
elseif epoch == '' and seq == '' and change == '' then
  return answer('cold')
elseif epoch ~= ARGV[2] or #seq > 19 or not string.match(seq, '^%d+$') then
  return answer('diverged')
end

-- Everything is checked before anything is written: a script that fails midway is not undone.
local fresh = {}
for at = FIRST_EVENT, #ARGV, EVENT_WIDTH do
  local distance = tonumber(ARGV[at]) - tonumber(last_seq)
  if distance > 1 then
    return answer('gap')
  elseif distance == 1 and ARGV[at + 1] ~= last_change then
    return answer('diverged')
  elseif distance == 0 and ARGV[at + 2] ~= last_change then
    return answer('diverged')
  elseif distance == 1 then
    fresh[#fresh + 1] = at
    last_seq, last_change = ARGV[at], ARGV[at + 2]
  end
end
if #fresh == 0 and not is_refill then
  return answer('duplicate')
end

if is_refill then
  -- DEL works without free memory, and so would everything after it in a script. This writes
  -- nothing, but is refused then.
  local probe = redis.pcall('SETRANGE', KEYS[2], 0, '')
  if failed_with(probe, '') and not failed_with(probe, 'WRONGTYPE') then
    return probe
  end
  -- An explicit id at or below an old one is refused even after trimming, so the key must go.
  redis.call('DEL', KEYS[1], KEYS[2])
end
for _, at in ipairs(fresh) do
  local added = redis.pcall(
    'XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], ARGV[at] .. '-0', 'm', ARGV[at + 3])
  -- Only the first can be refused, so nothing has been written by an append that ends here.
  if failed_with(added, 'WRONGTYPE') or failed_with(added, 'equal or smaller') then
    return answer('diverged') -- no stream, or one that is ahead of its top
  elseif failed_with(added, '') then
    return added
  end
end
epoch, seq, change = ARGV[2], last_seq, last_change
redis.call('HSET', KEYS[2], 'epoch', epoch, 'seq', seq, 'change', change)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])

-- After a refill the newest is enough: who lacks more notices the gap and reads the stream.
for n, at in ipairs(fresh) do
  if not is_refill or n == #fresh then
    redis.call('PUBLISH', ARGV[1], ARGV[at + 3])
  end
end
return answer('appended')
