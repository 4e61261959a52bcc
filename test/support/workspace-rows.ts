import type { DatabaseEngine } from '../../src/storage/database-engine.js';

type Row = (workspace: string) => Record<string, unknown>;

const AT = '2026-01-01T00:00:00Z';
const run = (w: string) => `${w} run`;
const event = (w: string) => `${w} event`;
const flow = (w: string) => `${w} flow`;
const flowRun = (w: string) => `${w} flow run`;
const schedule = (w: string) => `${w} schedule`;
const numberOf = (w: string): number => [...w].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7) % 1_000_000;

/** A row of a workspace for each table that holds some, those that others refer to first. */
export const WORKSPACE_ROWS: Readonly<Record<string, Row>> = {
  events: (w) => ({
    id: event(w),
    seq: numberOf(w),
    source: 'clockify',
    type: 'T',
    is_type_inferred: false,
    workspace_id: w,
    payload: {},
    headers: {},
    request_id: 'r',
    received_at: AT,
  }),
  event_keys: (w) => ({ key: `${w} key`, fingerprint: 'f', event_id: event(w), expires_at: 'infinity' }),
  event_dispatch: (w) => ({ seq: numberOf(w), event_id: event(w), due_at: AT, attempts: 0, claims: 0 }),
  event_handlings: (w) => ({ event_id: event(w), handler: 'flows', handled_at: AT }),
  event_dead_letters: (w) => ({ event_id: event(w), seq: numberOf(w), attempts: 1, died_at: AT }),
  action_runs: (w) => ({
    id: run(w),
    is_write: false,
    caller_id: 'key:k',
    caller_name: 'k',
    request_id: 'r',
    priority: 'interactive',
    owner: 'o',
    started_at: AT,
    outcome: 'succeeded',
    params: '{}',
    is_searching: false,
    is_repeatable: false,
    workspace_id: w,
  }),
  claimed_creations: (w) => ({ id: `${w} creation`, run_id: run(w), claimed_at: AT }),
  action_confirmations: (w) => ({
    token_hash: `${w} token`,
    caller_id: 'key:k',
    action: '{}',
    created_at: AT,
    expires_at: AT,
    workspace_id: w,
  }),
  flows: (w) => ({
    id: flow(w),
    name: `${w} name`,
    enabled: true,
    version: 1,
    created_by: 'k',
    created_at: AT,
    updated_at: AT,
    workspace_id: w,
  }),
  flow_versions: (w) => ({ flow_id: flow(w), version: 1, definition: {}, created_by: 'k', created_at: AT }),
  flow_subjects: (w) => ({ flow_id: flow(w), subject_key: `${w} subject`, fields: {}, seen_at: AT }),
  flow_runs: (w) => ({
    id: flowRun(w),
    flow_id: flow(w),
    flow_version: 1,
    trigger_key: 'manual:1',
    origin: 'manual',
    workspace_id: w,
    input: {},
    status: 'succeeded',
    ready_at: AT,
    max_concurrency: 1,
    claims: 0,
    rescues: 0,
    call_depth: 0,
    chain: [],
    step_count: 0,
    is_cancel_requested: false,
    created_at: AT,
    request_id: 'r',
    created_by: 'k',
    worked_ms: 0,
  }),
  flow_steps: (w) => ({
    run_id: flowRun(w),
    path: 'step',
    position: 0,
    step_id: 'step',
    kind: 'action',
    status: 'succeeded',
    attempt: 1,
    attempts_before: 0,
    started_at: AT,
  }),
  flow_effects: (w) => ({ entity_id: `${w} entity`, run_id: flowRun(w), chain: [], created_at: AT }),
  catalogue_workspaces: (w) => ({ account: 'default', workspace_id: w, revision: 0 }),
  catalogue_entities: (w) => ({
    account: 'default',
    workspace_id: w,
    type: 'client',
    id: `${w} client`,
    name: 'Acme',
    folded: 'acme',
    archived: false,
    fetched_at: AT,
  }),
  catalogue_runs: (w) => ({
    id: `${w} reading`,
    account: 'default',
    workspace_id: w,
    kind: 'full',
    status: 'complete',
    requested_by: 'k',
    since: AT,
    claims: 0,
    requests: 0,
    created_at: AT,
    finished_at: AT,
  }),
  catalogue_operations: (w) => ({
    run_id: `${w} reading`,
    workspace_id: w,
    position: 0,
    operation: 'getClients',
    status: 'done',
    requests: 1,
    entities: 1,
    attempts: 0,
  }),
  schedules: (w) => ({
    id: schedule(w),
    timing: {},
    timezone: 'UTC',
    target: {},
    misfire: {},
    overlap: 'skip',
    jitter_seconds: 0,
    is_paused: true,
    created_by: 'k',
    created_at: AT,
    updated_at: AT,
    workspace_id: w,
  }),
  schedule_runs: (w) => ({
    id: `${w} schedule run`,
    schedule_id: schedule(w),
    kind: 'manual',
    due_at: AT,
    status: 'succeeded',
    target: {},
    attempt: 1,
    request_id: 'r',
    created_at: AT,
    missed_count: 0,
  }),
  schedule_answers: (w) => ({ key: `${w} answer`, fingerprint: 'f', created_at: AT, workspace_id: w }),
  jobs: (w) => ({
    id: `00000000-0000-4000-8000-${String(numberOf(w)).padStart(12, '0')}`,
    queue: 'q',
    state: 'waiting',
    data: { of: w },
    priority: 0,
    start_after: AT,
    is_deferred: false,
    attempts: 0,
    claims: 0,
    created_at: AT,
    workspace_id: w,
  }),
  addon_installations: (w) => ({
    addon: 'api-studio',
    workspace_id: w,
    addon_id: 'a',
    status: 'ACTIVE',
    sealed_token: 's',
    key_id: 'k',
    core_url: 'https://api.clockify.me',
    settings: {},
    installed_at: AT,
    changed_at: AT,
  }),
  addon_held_deliveries: (w) => ({
    id: `${w} held`,
    addon: 'api-studio',
    workspace_id: w,
    path: '/p',
    token_digest: 'd',
    headers: {},
    body: '',
    request_id: 'r',
    held_at: AT,
  }),
  addon_webhook_tokens: (w) => ({ addon: 'api-studio', workspace_id: w, path: '/p', digest: `${w} digest` }),
};

/** Every table of the schema, whether it is guarded, and by what. */
export interface GuardedTable {
  name: string;
  isGuarded: boolean;
  policies: string[];
  rights: string[];
}

export async function tablesOf({ pool }: Pick<DatabaseEngine, 'pool'>): Promise<GuardedTable[]> {
  const { rows } = await pool.query<GuardedTable>(`
    select c.relname as name, c.relrowsecurity as "isGuarded",
      array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies,
      array(select p from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
        where has_table_privilege('clankerbot_workspace', c.oid, p)) as rights
    from pg_class c where c.relnamespace = 'clankerbot'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
    order by 1`);
  return rows;
}

/** A row as JSON, put in as the table has it. */
export const insertOf = (table: string): string =>
  `insert into clankerbot.${table} select (jsonb_populate_record(null::clankerbot.${table}, $1::jsonb)).*`;

/** In the tables that there are: an older release has fewer. */
export async function fillWorkspaces(
  { pool }: Pick<DatabaseEngine, 'pool'>,
  workspaces: readonly string[],
): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'clankerbot'`,
  );
  const there = new Set(rows.map(({ name }) => name));
  for (const [table, row] of Object.entries(WORKSPACE_ROWS).filter(([name]) => there.has(name)))
    for (const workspace of workspaces) await pool.query(insertOf(table), [JSON.stringify(row(workspace))]);
}
