import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { GithubIdentities } from './credentials/github-identities.js';
import { GithubClient } from './github.client.js';
import { GithubIntegration } from './github.integration.js';
import { GithubSender } from './http/github-sender.js';
import { GithubTransport } from './http/github-transport.js';
import { KnownAnswers } from './http/known-answers.js';
import { RateLimits } from './http/rate-limits.js';
import { ShownWords } from './http/shown-words.js';

@Module({
  imports: [HttpModule],
  providers: [
    GithubTransport,
    RateLimits,
    KnownAnswers,
    ShownWords,
    GithubSender,
    GithubIdentities,
    GithubClient,
    GithubIntegration,
  ],
  exports: [GithubIntegration],
})
export class GithubModule {}
