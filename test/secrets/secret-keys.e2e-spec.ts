import { randomBytes } from 'node:crypto';
import { SealingKeys } from '../../src/storage/sealing-keys.js';
import { createTestEngine } from '../support/database.js';
import { sendJson } from '../support/http-server.js';
import { keptEngine } from '../support/kept-engine.js';
import { until } from '../support/until.js';
import { type SecretApp, startSecretApp } from './secret-app.js';

const newKey = (): string => randomBytes(32).toString('hex');

/** One database behind one service after the other, as a restart leaves it. */
async function withRestarts(
  work: (start: (env: Record<string, string>) => Promise<SecretApp>) => Promise<void>,
): Promise<void> {
  const { engine, drop } = await createTestEngine();
  await engine.open();
  const kept = keptEngine(engine);
  try {
    await work((env) => startSecretApp({ engine: kept, env }));
  } finally {
    await engine.close();
    await drop();
  }
}

describe('the key to the secrets', () => {
  it('is rotated: what the one before sealed opens, and is sealed anew', async () => {
    const [old, next] = [newKey(), newKey()];
    await withRestarts(async (start) => {
      let app = await start({ ENCRYPTION_KEY: old });
      await app.setSecret('token', 'sealed-with-the-old-key');
      const { sealed: before } = (await app.engine.pool.query('select sealed from clankerbot.secrets'))
        .rows[0];
      await app.close();
      app = await start({ ENCRYPTION_KEY: next, ENCRYPTION_KEY_PREVIOUS: old });
      const { id } = app.app.get(SealingKeys).newest();
      await until(async () => {
        const { rows } = await app.engine.pool.query('select sealed, key_id from clankerbot.secrets');
        return rows[0].key_id === id && rows[0].sealed !== before;
      });
      await app.close();
      app = await start({ ENCRYPTION_KEY: next });
      expect((await app.send('get', '/secrets/token')).body.data).toMatchObject({
        canBeOpened: true,
        version: 1,
      });
      await app.engine.pool.query('update clankerbot.secrets set allowed_hosts = $1', [[app.host]]);
      const run = await app.run(await app.createFlow({ headers: { authorization: '{{ secrets.token }}' } }));
      expect(run.status).toBe('succeeded');
      expect(app.target.received[0]?.headers['authorization']).toBe('sealed-with-the-old-key');
      await app.close();
    });
  });

  it('is missed by name after a restore without it, and nothing is sent meanwhile', async () => {
    await withRestarts(async (start) => {
      let app = await start({ ENCRYPTION_KEY: newKey() });
      await app.setSecret('token', 'sealed-with-a-lost-key');
      await app.close();
      app = await start({ ENCRYPTION_KEY: newKey() });
      await until(() => JSON.stringify(app.logs).includes('ENCRYPTION_KEY_PREVIOUS'));
      expect((await app.send('get', '/secrets/token')).body.data).toMatchObject({ canBeOpened: false });
      await app.engine.pool.query('update clankerbot.secrets set allowed_hosts = $1', [[app.host]]);
      const action = {
        integration: 'http-request',
        operation: 'GET',
        params: { url: app.target.url, headers: { authorization: '{{ secrets.token }}' } },
        secretsIn: ['headers'],
      };
      const { status, body } = await app.send('post', '/actions/run', action);
      expect(status).toBe(503);
      expect(body.error.message).toContain('The secret token was sealed with a key that is not here');
      expect(app.target.received).toEqual([]);
      await app.setSecret('token', 'set-again-afterwards');
      app.onCall.answer = (_request, response) => sendJson(response, {});
      expect((await app.send('post', '/actions/run', action)).status).toBe(200);
      await app.close();
    });
  });
});
