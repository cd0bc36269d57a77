"""What happens in Redis, each in one step.

Two sorted sets hold the ids of waiting tasks: `later` by the moment before which a task must not run, `ready` by turn,
which is that moment less the head start of its priority. A task goes from the one to the other when its moment comes,
so that neither priority nor moment bends the other. The head start stands at the end of the id, in milliseconds.
"""

from __future__ import annotations

ENQUEUE = """
local key, ready, later, job = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, moment, head = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local waiting = redis.call('get', key)
if waiting then
  if redis.call('zscore', ready, waiting) then
    if moment <= now then redis.call('zadd', ready, 'LT', moment - head, waiting) end
    return 0
  end
  if redis.call('zscore', later, waiting) then
    if moment <= now then
      redis.call('zrem', later, waiting)
      redis.call('zadd', ready, moment - head, waiting)
    else
      redis.call('zadd', later, 'LT', moment, waiting)
    end
    return 0
  end
end
redis.call('set', key, ARGV[4], 'PX', ARGV[5])
redis.call('set', job, ARGV[6], 'PX', ARGV[5])
if moment <= now then
  redis.call('zadd', ready, moment - head, ARGV[4])
else
  redis.call('zadd', later, moment, ARGV[4])
end
return 1
"""
"""Keys: of the task, ready, later, job. Arguments: now, moment, head start, id, life (ms each), job."""

NEXT = """
local ready, later, now = KEYS[1], KEYS[2], tonumber(ARGV[1])
local due = redis.call('zrangebyscore', later, '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1000)
for place = 1, #due, 2 do
  local head = tonumber(string.match(due[place], '%-(%d+)$')) or 0
  redis.call('zrem', later, due[place])
  redis.call('zadd', ready, tonumber(due[place + 1]) - head, due[place])
end
local popped = redis.call('zpopmin', ready)
if #popped == 0 then return popped end
local id, turn = popped[1], popped[2]
local job = redis.call('get', ARGV[2] .. id)
if not job then return {id, turn, ''} end
redis.call('del', ARGV[2] .. id)
local key = ARGV[3] .. cjson.decode(job).a[1]
if redis.call('get', key) == id then redis.call('del', key) end
return {id, turn, job}
"""
"""Takes the task whose turn it is out of Redis: from here on another one of its key may wait.

Keys: ready, later. Arguments: now (ms), what stands before the id in the key of a job, and before the key of a task.
Id, turn and job, which is empty where it has run out; nothing where no task is due.
"""

PUT_BACK = """
if redis.call('exists', KEYS[1]) == 1 then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('set', KEYS[3], ARGV[4], 'PX', ARGV[3])
return redis.call('zadd', KEYS[2], ARGV[1], ARGV[2])
"""
"""Keys: of the task, ready, job. Arguments: turn (ms), id, life (ms), job."""

CANCEL = """
local waiting = redis.call('get', KEYS[1])
if not waiting then return 0 end
redis.call('del', KEYS[1], ARGV[1] .. waiting)
return redis.call('zrem', KEYS[2], waiting) + redis.call('zrem', KEYS[3], waiting)
"""
"""Keys: of the task, ready, later. Argument: what stands before the id in the key of a job."""
