import { parse } from 'yaml';
import { options, valuesOf } from './options.js';
import { inImage, isThere, isVariable, readText, unless } from './repository.js';

interface Compose {
  services: Record<string, { profiles?: string[] }>;
}

export function docker([verb = '', ...args]: string[]): string[] {
  if (verb === 'compose') return compose(args);
  const { values, rest } = options(args, [
    '-t',
    '--tag',
    '-p',
    '-e',
    '--name',
    '--env-file',
    '-v',
    '--platform',
    '--tmpfs',
    '-f',
    '--stop-timeout',
  ]);
  const variables = valuesOf(values, '-e').map((value) => value.split('=')[0] ?? '');
  const faults = variables.filter((name) => !isVariable(name)).map((name) => `there is no variable ${name}`);
  if (verb === 'build')
    return [...faults, ...unless(rest[0] === '.' && isThere('Dockerfile'), 'builds from .')];
  return [
    ...faults,
    ...unless(
      ['run', 'logs', 'stop', 'start', 'rm', 'push', 'tag', 'buildx', 'login', 'pull'].includes(verb),
      `docker ${verb} is not known`,
    ),
  ];
}

function compose(args: string[]): string[] {
  const file = parse(readText('compose.yaml')) as Compose;
  const services = Object.keys(file.services);
  const profiles = Object.values(file.services).flatMap((service) => service.profiles ?? []);
  const { values, rest, command } = options(args, [
    '--profile',
    '-f',
    '--scale',
    '--tail',
    '--since',
    '-e',
    '--timeout',
    '-t',
  ]);
  const [verb = '', ...named] = rest;
  const faults = [
    ...valuesOf(values, '--profile')
      .filter((name) => !profiles.includes(name))
      .map((name) => `there is no profile ${name}`),
    ...valuesOf(values, '--scale')
      .filter((value) => !services.includes(value.split('=')[0] ?? ''))
      .map((value) => `there is no service ${value}`),
    ...valuesOf(values, '-e')
      .filter((value) => !isVariable(value.split('=')[0] ?? ''))
      .map((value) => `there is no variable ${value}`),
  ];
  if (['exec', 'run'].includes(verb)) {
    const [service = '', ...inside] = named;
    faults.push(...unless(services.includes(service), `there is no service ${service}`));
    if (service === 'clankerbot') faults.push(...inImage([...inside, ...command]));
    return faults;
  }
  const known = ['up', 'down', 'restart', 'logs', 'ps', 'stop', 'start', 'build', 'pull', 'config'];
  faults.push(...unless(known.includes(verb), `docker compose ${verb} is not known`));
  return [
    ...faults,
    ...named.filter((name) => !services.includes(name)).map((name) => `there is no service ${name}`),
  ];
}
