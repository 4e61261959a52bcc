import type { Call } from '../document-shell.js';
import { curl } from './curl-check.js';
import { docker } from './docker-check.js';
import { helm, valuesFile } from './helm-check.js';
import { kubectl } from './kubectl-check.js';
import { type Check, isThere, node, npm, unless } from './repository.js';

/** What is wrong with calls that cannot be carried out here, as far as the repository tells. */
export function faultsOf(calls: readonly Call[]): string[] {
  return calls.flatMap(([program, ...args]) => {
    const faults = CHECKS[program]?.(args) ?? [`nobody knows ${program}`];
    return faults.map((fault) => `${[program, ...args].join(' ')}: ${fault}`);
  });
}

const GIT = ['clone', 'pull', 'fetch', 'checkout', 'switch', 'log', 'tag'];
const nothing: Check = () => [];

/** The program of the project that it runs, behind variables set for it. */
function sudo(args: string[]): string[] {
  const [program = ''] = args.filter((arg) => !/^[A-Z_]+=/.test(arg));
  return unless(program === 'apt-get' || isThere(program), `there is no ${program}`);
}

const CHECKS: Record<string, Check> = {
  curl,
  docker,
  helm,
  kubectl,
  node,
  npm,
  git: ([verb = '']) => unless(GIT.includes(verb), `git ${verb} is not known`),
  nano: nothing,
  psql: nothing,
  'redis-cli': nothing,
  'apt-get': nothing,
  sudo,
  'smoke.sh': nothing,
  'values-file': valuesFile,
};
