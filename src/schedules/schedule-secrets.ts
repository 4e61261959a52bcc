import { Injectable, type OnModuleInit } from '@nestjs/common';
import { secretsOf } from '../actions/secrets-in.js';
import { namesOf } from '../secrets/secret-place.js';
import { byName, type SecretUser, SecretUsers, type SecretUserSource } from '../secrets/secret-users.js';
import { SchedulesRepository } from './schedules.repository.js';
import type { Target } from './schedules.tables.js';

const LOOKED_AT_MAX = 10_000;

/** Which schedule names which secret. */
@Injectable()
export class ScheduleSecrets implements SecretUserSource, OnModuleInit {
  constructor(
    private readonly users: SecretUsers,
    private readonly schedules: SchedulesRepository,
  ) {}

  onModuleInit(): void {
    this.users.register(this);
  }

  async secretUsers(): Promise<ReadonlyMap<string, readonly SecretUser[]>> {
    const schedules = await this.schedules.withSecrets(LOOKED_AT_MAX);
    return byName(
      schedules.flatMap(({ id, name, target }) =>
        namesIn(target).map((secret) => [secret, { kind: 'schedule', id, name }] as const),
      ),
    );
  }
}

function namesIn(target: Target): string[] {
  if (target.kind !== 'action') return [];
  return namesOf(secretsOf(target.params, target.secretsIn).secrets ?? []);
}
