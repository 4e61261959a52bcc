import { Injectable, type OnModuleInit } from '@nestjs/common';
import { secretNamed } from '../../secrets/secret-place.js';
import { refusalOf, type SecretRules } from '../../secrets/secret-rules.js';
import { byName, type SecretUser, SecretUsers, type SecretUserSource } from '../../secrets/secret-users.js';
import type { FaultList } from './fault-list.js';
import { FlowCatalog } from '../flow-catalog.js';
import type { FlowCheck } from './flow-check.js';
import type { ActionStep, FlowDefinition, Step } from './flow-definition.js';
import { templateUses } from '../expressions/template.js';

/** How many secrets one action can name: each is looked for in all that comes back. */
const PER_ACTION_MAX = 20;

interface SecretiveStep {
  step: ActionStep;
  path: string;
  named: readonly { name: string; path: string }[];
}

/** Which flow names which secret, as the flows are now. */
@Injectable()
export class FlowSecrets implements SecretUserSource, OnModuleInit {
  /** A definition never changes, so what it names is found out once. */
  readonly #known = new WeakMap<FlowDefinition, readonly string[]>();

  constructor(
    private readonly users: SecretUsers,
    private readonly catalog: FlowCatalog,
  ) {}

  onModuleInit(): void {
    this.users.register(this);
  }

  async secretUsers(): Promise<ReadonlyMap<string, readonly SecretUser[]>> {
    const flows = await this.catalog.current();
    return byName(
      flows.flatMap(({ id, name, definition }) =>
        this.#namesIn(definition).map((secret) => [secret, { kind: 'flow', id, name }] as const),
      ),
    );
  }

  #namesIn(definition: FlowDefinition): readonly string[] {
    const known = this.#known.get(definition) ?? [
      ...new Set(secretiveSteps(definition).flatMap(({ named }) => named.map(({ name }) => name))),
    ];
    this.#known.set(definition, known);
    return known;
  }
}

/** Adds a fault for each secret that does not exist, or may not go where its step leads as far as the document tells. */
export function checkSecrets(
  definition: FlowDefinition,
  { secrets, checks }: { secrets: ReadonlyMap<string, SecretRules>; checks: Pick<FlowCheck, 'find'> },
  faults: FaultList,
): void {
  for (const { step, path, named } of secretiveSteps(definition)) {
    const integration = checks.find(step.action)?.integration;
    const host = integration?.destination?.(step.params);
    for (const { name, path: within } of named) {
      const rules = secrets.get(name);
      const param = within.split(/[.[]/)[0] ?? '';
      const why = rules && integration ? refusalOf(rules, { integration, param, host }) : undefined;
      const at = `${path}.params.${within}`;
      if (!rules) faults.add(at, `there is no secret ${name}`);
      else if (why !== undefined) faults.add(at, `the secret ${name} ${why}`);
    }
    if (new Set(named.map(({ name }) => name)).size > PER_ACTION_MAX)
      faults.add(`${path}.params`, `names more than ${PER_ACTION_MAX} secrets`);
  }
}

function secretiveSteps(definition: FlowDefinition): SecretiveStep[] {
  return stepsWithin(definition.steps, 'steps').flatMap(({ step, path }) => {
    const named = templateUses(step.params, '').flatMap((use) => {
      const name = secretNamed(use.expression ?? '');
      return name === undefined ? [] : [{ name, path: use.path }];
    });
    return named.length > 0 ? [{ step, path, named }] : [];
  });
}

function stepsWithin(steps: readonly Step[], path: string): { step: ActionStep; path: string }[] {
  return steps.flatMap((step, index) => {
    const at = `${path}[${index}]`;
    if ('action' in step) return [{ step, path: at }];
    if ('if' in step)
      return [...stepsWithin(step.then, `${at}.then`), ...stepsWithin(step.else, `${at}.else`)];
    return 'for_each' in step ? stepsWithin(step.steps, `${at}.steps`) : [];
  });
}
