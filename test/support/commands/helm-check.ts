import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { options, valuesOf } from './options.js';
import { readText, unless } from './repository.js';

interface ValuesSchema {
  properties?: Record<string, ValuesSchema>;
  additionalProperties?: boolean | ValuesSchema;
  $ref?: string;
  items?: ValuesSchema;
}

const CHART = 'helm/clankerbot';

export function helm(args: string[]): string[] {
  const { values, rest } = options(args, [
    '--namespace',
    '-n',
    '--set',
    '--set-string',
    '--set-file',
    '--set-json',
    '-f',
    '--values',
    '--timeout',
    '--version',
    '--revision',
    '-o',
  ]);
  const [verb = '', , chart] = rest;
  const known = [
    'install',
    'upgrade',
    'rollback',
    'uninstall',
    'status',
    'history',
    'get',
    'test',
    'lint',
    'template',
    'list',
    'show',
    'package',
    'push',
  ];
  const faults = unless(known.includes(verb), `helm ${verb} is not known`);
  if (['install', 'upgrade', 'template'].includes(verb))
    faults.push(...unless(chart === `./${CHART}` || chart === CHART, `there is no chart ${chart}`));
  for (const setting of valuesOf(values, '--set', '--set-string', '--set-file', '--set-json'))
    faults.push(...settingFaults(setting));
  return faults;
}

function settingFaults(setting: string): string[] {
  const schema = JSON.parse(readText(`${CHART}/values.schema.json`)) as ValuesSchema;
  return setting.split(/(?<!\\),(?=[\w.[\]]+=)/).flatMap((part) => {
    const path = part.split('=')[0] ?? '';
    let at: ValuesSchema | undefined = schema;
    for (const name of path.split('.')) {
      const [field = '', index] = name.split('[');
      at = resolveRef(at, schema);
      const more: boolean | ValuesSchema | undefined = at?.additionalProperties;
      at = at?.properties?.[field] ?? (typeof more === 'object' ? more : undefined);
      if (at === undefined) return [`there is no value ${path}`];
      if (index !== undefined) at = resolveRef(at, schema)?.items;
    }
    return [];
  });
}

function resolveRef(schema: ValuesSchema | undefined, root: ValuesSchema): ValuesSchema | undefined {
  if (schema?.$ref === undefined) return schema;
  const steps = schema.$ref.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>(
    (value, step) => (value as Record<string, unknown>)[step],
    root,
  ) as ValuesSchema;
}

/** A file of values that a document writes, by its text. */
export function valuesFile([yaml = '']: string[]): string[] {
  const check = new Ajv({ allErrors: true, strict: false }).compile(
    JSON.parse(readText(`${CHART}/values.schema.json`)) as object,
  );
  check(parse(yaml));
  if (yaml.trim() === '') return ['there is no such file'];
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
