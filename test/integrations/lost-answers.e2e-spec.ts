import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startClockify, type TestClockify } from '../support/clockify.js';

const COMMANDS = 10_000;
const AT_ONCE = 32;
/** Entries are spread over these, because the sandbox searches a workspace from end to end. */
const WORKSPACES = 20;
const MINUTE_MS = 60_000;
const FIRST_MS = Date.parse('2026-01-05T00:00:00Z');

const iso = (ms: number): string => new Date(ms).toISOString();

describe('creations over a connection that loses answers', () => {
  let sandbox: ClockifySandbox;
  let clockify: TestClockify;
  beforeAll(async () => {
    sandbox = new ClockifySandbox({ seed: 20261120 });
    clockify = await startClockify(await sandbox.start(), {
      ...sandbox.environment,
      CLOCKIFY_TIMEOUT_MS: '20000',
      CLOCKIFY_RETRY_DELAY_MS: '1',
    });
  });
  afterAll(async () => {
    await clockify.close();
    await sandbox.stop();
  });

  it(`book exactly as many entries as ${COMMANDS} commands, when 30 % are cut after the effect`, async () => {
    sandbox.faults.add({ kind: 'cut', when: 'after', operation: 'createTimeEntry', probability: 0.3 });
    const workspaces: string[] = [];
    for (let i = 0; i < WORKSPACES; i++) {
      const made = await clockify.run('create_workspace', { body: { name: `Workspace ${i}` } });
      workspaces.push((made as { id: string }).id);
    }
    const answered = new Set<unknown>();
    const strangers: unknown[] = [];
    const book = async (index: number): Promise<void> => {
      const startMs = FIRST_MS + index * MINUTE_MS;
      const body = { start: iso(startMs), end: iso(startMs + MINUTE_MS), description: `Command ${index}.` };
      const workspaceId = workspaces[index % WORKSPACES];
      const entry = await clockify.run('create_time_entry', { workspaceId, body });
      if ((entry as { description: string }).description !== body.description) strangers.push(entry);
      answered.add((entry as { id: unknown }).id);
    };
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < COMMANDS) await book(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const booked = workspaces.map((id) => sandbox.state.list(id, 'timeEntries').length);
    expect(booked.reduce((sum, count) => sum + count, 0)).toBe(COMMANDS);
    expect(strangers).toEqual([]);
    expect(answered.size).toBe(COMMANDS);
    const cut = sandbox.requests.of('createTimeEntry').filter((sent) => sent.status === 0);
    expect(cut.length).toBeGreaterThan(COMMANDS / 4);
  }, 180_000);
});
