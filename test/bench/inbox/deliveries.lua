-- The load of inbox.ts for wrk: each request another time entry with an id of its own.
local base = string.format("%x", os.time()) .. string.format("%x", math.floor(os.clock() * 1e6))
local count = 0

local BODY = '{"id":"%s%d","description":"Working on the quarterly report, with enough words to be like a real one",'
  .. '"tagIds":["64c777ddd3fcab07cfbb210c","64c777ddd3fcab07cfbb210d"],"userId":"5a0ab5acb07987125438b60f","billable":true,'
  .. '"taskId":null,"projectId":"64a687e29ae1f428e7ebe%d","timeInterval":{"start":"2026-11-20T08:00:00Z",'
  .. '"end":"2026-11-20T09:30:00Z","duration":"PT1H30M"},"workspaceId":"64a687e29ae1f428e7ebe303","isLocked":false,'
  .. '"hourlyRate":{"amount":5000,"currency":"EUR"},"customFieldValues":[],'
  .. '"user":{"id":"5a0ab5acb07987125438b60f","name":"Ada Lovelace","status":"ACTIVE"}}'

local HEAD = "POST /webhooks/clockify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
  .. "X-Webhook-Secret: bench-secret\r\nClockify-Webhook-Event-Type: NEW_TIME_ENTRY\r\n"
  .. "X-Clockify-Event-Id: %s-%d\r\nContent-Length: %d\r\n\r\n%s"

function request()
  count = count + 1
  local body = string.format(BODY, base, count, count % 1000)
  return string.format(HEAD, base, count, #body, body)
end
