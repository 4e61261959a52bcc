import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { type Clock, SystemClock } from '../../src/clock/clock.js';
import { loadConfig } from '../../src/config/load-config.js';
import { GithubIdentities } from '../../src/integrations/github/credentials/github-identities.js';
import { GithubClient } from '../../src/integrations/github/github.client.js';
import { githubConfig } from '../../src/integrations/github/github.config.js';
import { GithubIntegration } from '../../src/integrations/github/github.integration.js';
import { GithubSender } from '../../src/integrations/github/http/github-sender.js';
import { GithubTransport } from '../../src/integrations/github/http/github-transport.js';
import { KnownAnswers } from '../../src/integrations/github/http/known-answers.js';
import { RateLimits } from '../../src/integrations/github/http/rate-limits.js';
import { ShownWords } from '../../src/integrations/github/http/shown-words.js';

/** The integration as a module would make it, without the rest of the application. */
export function githubIntegration(
  env: Record<string, string>,
  clock: Clock = new SystemClock(),
): GithubIntegration {
  const config = loadConfig([githubConfig], { GITHUB_TIMEOUT_MS: '2000', ...env }).get(githubConfig);
  const transport = new GithubTransport(new HttpService(axios.create()), config);
  const sender = new GithubSender(
    transport,
    new RateLimits(clock),
    new KnownAnswers(),
    new ShownWords(config),
  );
  const identities = new GithubIdentities(sender, config, clock);
  return new GithubIntegration(new GithubClient(sender, identities, config));
}
