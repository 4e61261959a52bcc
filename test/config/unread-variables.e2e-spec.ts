import { createServiceDatabase } from '../support/database.js';
import { startService, stopAllServices } from '../support/service.js';

describe('a service that is started with a misspelt variable', () => {
  afterAll(stopAllServices);

  it('says which one nobody reads, and what may have been meant, but not its value', async () => {
    const { env, drop } = await createServiceDatabase();
    const service = await startService({ ...env, CLOCKIFY_APIKEY: 'misspelt-secret-1', TERM_PROGRAM: 'x' });
    await service.untilReady();
    expect(service.logs().filter((line) => 'variable' in line)).toMatchObject([
      {
        level: 'warn',
        variable: 'CLOCKIFY_APIKEY',
        meant: 'CLOCKIFY_API_KEY',
        message: 'CLOCKIFY_APIKEY is set, and nobody reads it; did you mean CLOCKIFY_API_KEY?',
      },
    ]);
    expect(service.output()).not.toContain('misspelt-secret-1');
    await service.stop();
    await drop();
  });
});
