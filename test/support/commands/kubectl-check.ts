import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../markdown.js';
import { options, valuesOf } from './options.js';
import { inImage, isThere, isVariable, readText, unless } from './repository.js';

interface KubernetesObject {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec?: unknown;
}

/** The objects of the manifests. */
export function manifests(): KubernetesObject[] {
  if (!isThere('k8s')) return [];
  return readdirSync(join(ROOT, 'k8s'))
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) =>
      parseAllDocuments(readText(join('k8s', name))).map((document) => document.toJS() as KubernetesObject),
    )
    .filter((object) => object !== null && object.kind !== 'Kustomization');
}

/** What the chart and the cluster add to the manifests: the same names, and a few of their own. */
const OTHER_OBJECTS = [
  'secret/clankerbot-generated',
  'namespace/clankerbot',
  'deployment/clankerbot-worker',
  'statefulset/clankerbot-postgresql',
  'job/clankerbot-migration',
  'endpoints/clankerbot',
];
const ALL_KINDS = new Set([
  'deployment',
  'service',
  'ingress',
  'configmap',
  'secret',
  'job',
  'pod',
  'namespace',
  'statefulset',
  'endpoints',
  'horizontalpodautoscaler',
  'poddisruptionbudget',
  'networkpolicy',
  'persistentvolumeclaim',
  'serviceaccount',
]);
const KINDS: Record<string, string> = {
  svc: 'service',
  deploy: 'deployment',
  cm: 'configmap',
  ns: 'namespace',
  pod: 'pod',
  pods: 'pod',
  po: 'pod',
  sts: 'statefulset',
  ing: 'ingress',
  netpol: 'networkpolicy',
  hpa: 'horizontalpodautoscaler',
  pdb: 'poddisruptionbudget',
  pvc: 'persistentvolumeclaim',
};
const kindOf = (word: string): string => {
  const singular = [word, word.replace(/s$/, ''), word.replace(/es$/, '')];
  return singular.map((name) => KINDS[name] ?? name).find((name) => ALL_KINDS.has(name)) ?? word;
};

export function kubectl(args: string[]): string[] {
  const withValue = [
    '-n',
    '--namespace',
    '-f',
    '-k',
    '-l',
    '--selector',
    '-o',
    '--replicas',
    '--image',
    '--tail',
    '--since',
    '-c',
    '--timeout',
    '-p',
    '--type',
    '--field-selector',
    '--from',
    '--schedule',
  ];
  // `logs -f` follows; elsewhere -f names a file.
  const { values, rest, command } = options(
    args,
    args.includes('logs') ? withValue.filter((name) => name !== '-f') : withValue,
  );
  const [verb = '', ...words] = rest;
  const faults = [
    ...valuesOf(values, '-f', '-k')
      .filter((path) => path !== '' && path !== '-' && !isThere(path))
      .map((path) => `there is no ${path}`),
    ...valuesOf(values, '-l', '--selector').flatMap(selectorFaults),
    ...valuesOf(values, '--from-literal').flatMap(literalFaults),
  ];
  const known = [
    'get',
    'describe',
    'logs',
    'apply',
    'delete',
    'create',
    'edit',
    'scale',
    'rollout',
    'port-forward',
    'exec',
    'top',
    'run',
    'set',
    'wait',
    'cp',
    'patch',
    'label',
    'config',
    'kustomize',
  ];
  faults.push(...unless(known.includes(verb), `kubectl ${verb} is not known`));
  // The one in Postgres's image is not ours to check.
  if (verb === 'exec' && !words.some((word) => word.includes('postgres'))) faults.push(...inImage(command));
  if (verb === 'run' || verb === 'create' || verb === 'config') return faults;
  if (verb === 'set')
    faults.push(
      ...words
        .filter((word) => /^[A-Z_]+=/.test(word))
        .filter((word) => !isVariable(word.split('=')[0] ?? ''))
        .map((word) => `there is no variable ${word}`),
    );
  return [
    ...faults,
    ...objectFaults(verb === 'rollout' || verb === 'set' || verb === 'top' ? words.slice(1) : words),
  ];
}

/** Secrets are made beside the manifests; their names stand where they are read. */
function namedSecrets(): string[] {
  const text = JSON.stringify(manifests());
  return [...text.matchAll(/"secret(?:Key)?Ref":\{"name":"([^"]+)"/g)].map((match) => `secret/${match[1]}`);
}

/** `deployment/x`, or `deployment x y`. Pods have names that nobody knows beforehand. */
function objectFaults(words: string[]): string[] {
  const known = new Set([
    ...manifests().map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`),
    ...OTHER_OBJECTS,
    ...namedSecrets(),
  ]);
  const [first = '', ...others] = words;
  const named = first.includes('/') ? words : others.map((name) => `${first}/${name}`);
  return named
    .filter((name) => /^[a-z]+\/[a-z]/.test(name) && name.includes('clankerbot'))
    .map((name) => name.split('/') as [string, string])
    .filter(([kind]) => kindOf(kind) !== 'pod')
    .filter(([kind, name]) => !known.has(`${kindOf(kind)}/${name}`))
    .map(([kind, name]) => `there is no ${kind}/${name}`);
}

function selectorFaults(selector: string): string[] {
  const labels = manifests().flatMap((object) =>
    [...JSON.stringify(object).matchAll(/"([a-z./-]+)":"([a-z0-9.-]+)"/g)].map(
      (match) => `${match[1]}=${match[2]}`,
    ),
  );
  const own = new Set([
    ...labels,
    'app.kubernetes.io/instance=clankerbot',
    'app.kubernetes.io/component=worker',
  ]);
  return selector
    .split(',')
    .filter((part) => !own.has(part))
    .map((part) => `nothing is labelled ${part}`);
}

/** The keys of the Secret that the manifests and the chart read. */
function literalFaults(literal: string): string[] {
  const key = literal.split('=')[0] ?? '';
  return unless(JSON.stringify(manifests()).includes(`"${key}"`), `nothing reads the key ${key}`);
}
