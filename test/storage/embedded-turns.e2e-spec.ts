import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';

describe('the embedded Postgres', () => {
  const engine = new PgliteEngine('memory://');
  beforeAll(() => engine.open());
  afterAll(() => engine.close());

  it('gives the event loop a turn with each statement, however many follow each other', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    for (let n = 0; n < 50; n++) await engine.pool.query('select 1');
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(50);
  });

  it('does so within a transaction as well', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const client = await engine.pool.connect();
    await client.query('begin');
    for (let n = 0; n < 50; n++) await client.query('select $1::int', [n]);
    await client.query('commit');
    client.release();
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(50);
  });

  it('lets new connections in while a loop asks it without a pause', async () => {
    const server = http.createServer((_request, response) => response.end('here')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const answers: string[] = [];
    const answer = fetch(`http://127.0.0.1:${port}`).then(async (response) =>
      answers.push(await response.text()),
    );
    // Bounded, because a loop that kept the event loop to itself would never find out.
    for (let n = 0; n < 20_000 && answers.length === 0; n++) await engine.pool.query('select 1');
    expect(answers).toEqual(['here']);
    await answer;
    server.close();
  });
});
