import { Injectable } from '@nestjs/common';
import { HeavyTurns } from '../../http/heavy-turns.js';
import { FlowCheck } from './flow-check.js';
import { checkSecrets } from './flow-secrets.js';
import type { FlowDefinition } from './flow-definition.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import type { SecretRules } from '../../secrets/secret-rules.js';
import { FlowScheduling } from './flow-scheduling.js';
import { isEqual } from '../expressions/value-order.js';

/** Reads the documents that people send, one after the other, so that many of them do not keep others from being answered. */
@Injectable()
export class FlowReader {
  constructor(
    private readonly checks: FlowCheck,
    private readonly scheduling: FlowScheduling,
    private readonly turns: HeavyTurns,
    private readonly secrets: SecretsService,
  ) {}

  /** The definition that a document means, or the error that lists what is wrong with it. `before`: what it replaces. */
  async read(document: unknown, before?: FlowDefinition): Promise<FlowDefinition> {
    const secrets = await this.secrets.rules();
    return this.turns.take(() => this.#readNow(document, before, secrets));
  }

  #readNow(
    document: unknown,
    before: FlowDefinition | undefined,
    secrets: ReadonlyMap<string, SecretRules>,
  ): FlowDefinition {
    return this.checks.read(document, (definition, faults) => {
      checkSecrets(definition, { secrets, checks: this.checks }, faults);
      const { trigger } = definition;
      if (!trigger.schedule) return;
      // An `at` that stood there before was right when it was written; it may be over by now.
      const isKept = isEqual(trigger.schedule, before?.trigger.schedule);
      if (isKept && typeof trigger.schedule['at'] === 'string') return;
      for (const { path, message } of this.scheduling.check(trigger.schedule)) {
        faults.add(path === '' ? 'trigger.schedule' : `trigger.schedule.${path}`, message);
      }
    });
  }
}
