import { Inject, Injectable } from '@nestjs/common';
import { type Integration, INTEGRATIONS, type Operation } from '../../integrations/integration.js';
import { nearestNames } from '../../errors/nearest-name.js';
import { schemaCheck } from '../../integrations/schema-validator.js';
import { isSaidAt } from '../../catalogue/names/name-places.js';
import { secretNamed } from '../../secrets/secret-place.js';
import { conditionLeaves } from './condition-reader.js';
import { readDefinition } from './definition-reader.js';
import type { Condition } from '../expressions/condition.js';
import { FaultList } from './fault-list.js';
import { parseFieldPath } from '../expressions/field-path.js';
import { type ActionStep, type FlowDefinition, type Step, namesIn } from './flow-definition.js';
import { analyse } from '../expressions/expression-analysis.js';
import { withinEffort } from '../expressions/reading-effort.js';
import { isTemplate, templateUses } from '../expressions/template.js';
import { valueAt } from '../expressions/value-at.js';

/** What one may refer to at a place in a flow. */
interface Sight {
  roots: ReadonlySet<string>;
  steps: ReadonlySet<string>;
  /** In the params of actions alone: all else is evaluated, stored or compared. */
  hasSecrets?: boolean;
}

const SECRET_ALONE =
  'a secret can only be named by itself, as {{ secrets.name }} in lower case: expressions never see its value';
const SECRET_ELSEWHERE =
  'secrets can stand only in the params of an action, where nothing but the call sees them';

const ROOTS = ['event', 'payload', 'steps', 'flow', 'now'];

export interface CheckedFlow {
  definition: FlowDefinition;
  faults: FaultList;
}

/** Reads a flow document and checks it against what there is: operations, their params, and what templates refer to. */
@Injectable()
export class FlowCheck {
  constructor(@Inject(INTEGRATIONS) private readonly integrations: readonly Integration[]) {}

  /** The definition, or one error that lists every fault. */
  read(
    document: unknown,
    alsoCheck?: (definition: FlowDefinition, faults: FaultList) => void,
  ): FlowDefinition {
    const faults = new FaultList();
    const definition = withinEffort(() => {
      const read = readDefinition(document, faults);
      if (read) this.#check(read, faults);
      return read;
    });
    if (definition) alsoCheck?.(definition, faults);
    faults.throwIfAny();
    if (!definition) throw new Error('unreachable: a document without a definition has faults');
    return definition;
  }

  find(action: string): { integration: Integration; operation: Operation } | undefined {
    const names = namesIn(action);
    const integration = this.integrations.find(({ name }) => name === names.integration);
    const operation = integration?.find(names.operation);
    return integration && operation ? { integration, operation } : undefined;
  }

  #check(definition: FlowDefinition, faults: FaultList): void {
    const sight = { roots: new Set(ROOTS), steps: new Set<string>() };
    if (definition.conditions) checkCondition(definition.conditions, 'conditions', sight, faults);
    this.#checkSteps(definition.steps, 'steps', sight, faults);
  }

  /** Returns what can be seen after these steps. */
  #checkSteps(steps: readonly Step[], path: string, before: Sight, faults: FaultList): Sight {
    let sight = before;
    steps.forEach((step, index) => {
      const inner = this.#checkStep(step, `${path}[${index}]`, sight, faults);
      sight = { roots: sight.roots, steps: new Set([...sight.steps, ...inner, step.id]) };
    });
    return sight;
  }

  /** Returns the ids within that step that later ones can refer to. */
  #checkStep(step: Step, path: string, sight: Sight, faults: FaultList): Iterable<string> {
    if ('action' in step) this.#checkAction(step, path, sight, faults);
    else if ('if' in step) {
      checkCondition(step.if, `${path}.if`, sight, faults);
      const then = this.#checkSteps(step.then, `${path}.then`, sight, faults);
      const otherwise = this.#checkSteps(step.else, `${path}.else`, sight, faults);
      return new Set([...then.steps, ...otherwise.steps]);
    } else if ('for_each' in step) {
      checkTemplates(step.for_each, `${path}.for_each`, sight, faults);
      const roots = new Set([...sight.roots, step.as, 'index']);
      this.#checkSteps(step.steps, `${path}.steps`, { roots, steps: sight.steps }, faults);
    } else if ('wait' in step) checkTemplates(Object.values(step.wait)[0], `${path}.wait`, sight, faults);
    else if ('transform' in step) checkTemplates(step.transform, `${path}.transform`, sight, faults);
    else if ('stop' in step) checkTemplates(step.stop.message, `${path}.stop.message`, sight, faults);
    else checkTemplates(step.input, `${path}.input`, sight, faults);
    return [];
  }

  #checkAction(step: ActionStep, path: string, sight: Sight, faults: FaultList): void {
    checkTemplates(step.params, `${path}.params`, { ...sight, hasSecrets: true }, faults);
    const found = this.find(step.action);
    if (!found) {
      faults.add(`${path}.action`, `there is no such operation${this.#suggestion(step.action)}`);
      return;
    }
    const params = found.integration.arrange(found.operation, step.params);
    for (const fault of schemaCheck(found.operation.params)(params)) {
      const value = valueAt(params, fault.path);
      // Which thing a name stands for is known when the step is carried out.
      if (isExcused(fault.message, value) || isSaidAt(fault.path, value)) continue;
      faults.add(`${path}.params${fault.path === '' ? '' : `.${fault.path}`}`, fault.message);
    }
  }

  #suggestion(action: string): string {
    const names = this.integrations.flatMap(({ name, operations }) =>
      operations.call(this.integrations.find((i) => i.name === name)).map((o) => `${name}.${o.name}`),
    );
    const near = nearestNames(action, names);
    return near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
  }
}

/** A fault at a template is excused: its value is not known yet. A text around one is known to be a text. */
function isExcused(message: string, value: unknown): boolean {
  if (!isTemplate(value)) return false;
  const isOneExpression = value.startsWith('{{') && value.endsWith('}}') && value.indexOf('{{', 2) < 0;
  return isOneExpression || !/^must be (integer|number|boolean|object|array|null)/.test(message);
}

function checkCondition(condition: Condition, path: string, sight: Sight, faults: FaultList): void {
  for (const leaf of conditionLeaves(condition, path)) {
    if ('expression' in leaf.condition) {
      const { roots, steps } = analyse(leaf.condition.expression);
      checkSight({ roots, steps }, leaf.path, sight, faults);
    } else {
      const [root, second] = parseFieldPath(leaf.condition.field) ?? [];
      const steps = root === 'steps' && typeof second === 'string' ? [second] : [];
      checkSight({ roots: [String(root)], steps }, `${leaf.path}.field`, sight, faults);
    }
  }
}

function checkTemplates(value: unknown, path: string, sight: Sight, faults: FaultList): void {
  for (const use of templateUses(value, path)) {
    if (use.problem !== undefined) faults.add(use.path, `the expression cannot be read: ${use.problem}`);
    else if (sight.hasSecrets && secretNamed(use.expression ?? '') !== undefined) continue;
    else if (use.analysis) checkSight(use.analysis, use.path, sight, faults);
  }
}

function checkSight(
  uses: { roots: readonly string[]; steps: readonly string[] },
  path: string,
  sight: Sight,
  faults: FaultList,
): void {
  for (const root of uses.roots) {
    if (root === 'secrets' && !sight.roots.has(root)) {
      faults.add(path, sight.hasSecrets ? SECRET_ALONE : SECRET_ELSEWHERE);
    } else if (!sight.roots.has(root)) {
      faults.add(
        path,
        `there is no ${root} here; there are ${[...sight.roots].join(', ')} (payload.${root}?)`,
      );
    }
  }
  for (const step of uses.steps) {
    if (!sight.steps.has(step)) faults.add(path, `no step before this one has the id ${step}`);
  }
}
