import { Injectable } from '@nestjs/common';
import { AccessMode } from '../access/access-mode.js';
import { WorkspaceRole } from '../storage/workspace-role.js';
import { RedisConnection } from '../throttling/redis-connection.js';
import { WebhookWarnings } from '../webhooks/webhook-warnings.js';

/** What an operator should know although the service is ready. */
@Injectable()
export class Warnings {
  constructor(
    private readonly access: AccessMode,
    private readonly webhooks: WebhookWarnings,
    private readonly redis: RedisConnection,
    private readonly workspaces: WorkspaceRole,
  ) {}

  list(): string[] {
    const warnings: string[] = [];
    if (this.access.state === 'open') {
      warnings.push('AUTH_MODE is open: whoever reaches this service may do everything, without an API key');
    }
    if (this.access.state === 'temporary-key') {
      warnings.push('No API_KEYS are configured: the admin key printed at start ends with this process');
    }
    if (this.redis.isConfigured && !this.redis.isUsable) {
      warnings.push('Redis is away (REDIS_URL): each process counts the limits of callers for itself');
    }
    if (this.workspaces.fault !== undefined) warnings.push(this.workspaces.fault);
    return [...warnings, ...this.webhooks.list()];
  }
}
