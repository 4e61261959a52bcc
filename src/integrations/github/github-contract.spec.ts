import { describeIntegration } from '../../../test/contracts/integration.contract.js';
import { GITHUB_TOKEN } from '../../../test/github-sandbox/fake-github.js';
import { githubIntegration } from '../../../test/github-sandbox/start-github.js';
import { sendJson } from '../../../test/support/http-server.js';

describeIntegration('github', async (server) => ({
  integration: githubIntegration({ GITHUB_TOKEN, GITHUB_BASE_URL: server.url }),
  unconfigured: githubIntegration({ GITHUB_BASE_URL: server.url }),
  write: { operation: 'create_issue', params: { owner: 'acme', repo: 'site', title: 'It does not load' } },
  succeed: (_request, response) => sendJson(response, { id: 1, number: 7 }, 201),
  secret: GITHUB_TOKEN,
}));
