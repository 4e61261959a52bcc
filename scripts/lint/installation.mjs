const POD_TEMPLATES = {
  Pod: (object) => ({ metadata: object.metadata, spec: object.spec }),
  Deployment: (object) => object.spec.template,
  StatefulSet: (object) => object.spec.template,
  DaemonSet: (object) => object.spec.template,
  Job: (object) => object.spec.template,
  CronJob: (object) => object.spec.jobTemplate.spec.template,
};
const HOOK = 'helm.sh/hook';

export const nameOf = (object) => `${object.kind} ${object.metadata?.name}`;
export const hooksOf = (object) => object.metadata?.annotations?.[HOOK]?.split(',') ?? [];
export const weightOf = (object) => Number(object.metadata?.annotations?.['helm.sh/hook-weight'] ?? 0);

/** All objects of one installation, and how they find each other. */
export class Installation {
  constructor(objects, external) {
    this.objects = objects;
    this.external = new Set([...external, ...madeByJobs(objects)]);
  }

  *ofKind(...kinds) {
    for (const object of this.objects) if (kinds.includes(object.kind)) yield object;
  }

  /** [owner, pod template] of everything that makes pods. */
  *pods() {
    for (const object of this.objects) {
      const template = POD_TEMPLATES[object.kind]?.(object);
      if (template) yield [object, template];
    }
  }

  find(kind, name) {
    return this.objects.find((object) => object.kind === kind && object.metadata.name === name);
  }

  selected(selector) {
    return [...this.pods()].filter(([, template]) => matches(selector, template.metadata?.labels ?? {}));
  }
}

/** Secrets that a Job of the installation makes. */
function madeByJobs(objects) {
  return objects
    .filter(({ kind }) => kind === 'Job')
    .flatMap((job) => job.spec.template.spec.containers)
    .flatMap((container) => container.env ?? [])
    .filter(({ name }) => name === 'SECRET_NAME')
    .map(({ value }) => value);
}

export function matches({ matchLabels = {}, matchExpressions = [] } = {}, labels) {
  const hasLabels = Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
  return hasLabels && matchExpressions.every((expression) => meets(expression, labels));
}

function meets({ key, operator, values = [] }, labels) {
  if (operator === 'Exists') return Object.hasOwn(labels, key);
  if (operator === 'DoesNotExist') return !Object.hasOwn(labels, key);
  return values.includes(labels[key]) === (operator === 'In');
}

export const containersOf = (spec) => [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
