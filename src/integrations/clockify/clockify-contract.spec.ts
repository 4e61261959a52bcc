import { describeIntegration } from '../../../test/contracts/integration.contract.js';
import { startClockify, TEST_API_KEY } from '../../../test/support/clockify.js';
import { sendJson } from '../../../test/support/http-server.js';

describeIntegration('clockify', async (server) => {
  const clockify = await startClockify(server.url);
  const bare = await startClockify(server.url, { CLOCKIFY_API_KEY: '' });
  return {
    integration: clockify.integration,
    unconfigured: bare.integration,
    write: { operation: 'create_time_entry', params: { workspaceId: 'w', start: '2026-01-05T09:00:00Z' } },
    succeed: (_request, response) => sendJson(response, { id: 'e1' }, 201),
    secret: TEST_API_KEY,
    async close() {
      await clockify.close();
      await bare.close();
    },
  };
});
