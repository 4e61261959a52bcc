import pg from 'pg';

const AT_ONCE = 50_000;

/** As many events with keys as wanted, as they would have come over the last ninety days, each handled already. */
export async function fillEvents(url: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (let from = 0; from < count; from += AT_ONCE)
    await client.query(FILL, [from, Math.min(from + AT_ONCE, count) - 1, count]);
  await client.query('vacuum analyze clankerbot.events');
  await client.query('vacuum analyze clankerbot.event_keys');
  await client.query('checkpoint');
  await client.end();
}

const FILL = `
  with source as (
    select i, '01K0000000' || lpad(i::text, 16, '0') as id,
      now() - interval '90 days' * (1 - i::float8 / $3::int) as at,
      translate(left(encode(sha256(i::text::bytea), 'base64'), 22), '+/', '-_') as key
    from generate_series($1::int, $2::int) as i
  ),
  stored as (
    insert into clankerbot.events (id, seq, source, type, is_type_inferred, workspace_id, user_id, subject_id,
      subject_key, payload, headers, changes, delivery_id, request_id, received_at)
    select id, nextval('clankerbot.event_seq'), 'clockify', 'NEW_TIME_ENTRY', false, '64a687e29ae1f428e7ebe303', null,
      i::text, left(key, 22),
      jsonb_build_object('id', i, 'description', 'Working on the quarterly report, with enough words to be like a real one',
        'tagIds', '["64c777ddd3fcab07cfbb210c", "64c777ddd3fcab07cfbb210d"]'::jsonb, 'billable', true,
        'projectId', '64a687e29ae1f428e7ebe' || i % 1000, 'workspaceId', '64a687e29ae1f428e7ebe303',
        'user', '{"id": "5a0ab5acb07987125438b60f", "name": "Ada Lovelace", "status": "ACTIVE"}'::jsonb),
      '{"content-type": "application/json"}', null, i::text, id, at
    from source
  )
  insert into clankerbot.event_keys (key, fingerprint, event_id, expires_at)
  select key, '', id, 'infinity' from source`;
