import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { composeWith, REPOSITORY, startedBy } from './compose-file.js';
import { describeWithContainerTools, runTool } from './container-tools.js';

interface Project {
  services: Record<string, { environment?: Record<string, string>; ports?: Port[]; volumes?: Volume[] }>;
}

interface Port {
  host_ip: string;
  published?: string;
  target: number;
}

interface Volume {
  type: string;
  source: string;
}

const read = (
  env: Record<string, string>,
  profiles: string[] = [],
  file = 'compose.yaml',
): { project: Project; complaint: string | undefined } => {
  const input = Object.entries(env)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
  const { output, complaint } = runTool('compose-check', [file, ...profiles], {
    input,
    cwd: REPOSITORY,
  });
  return { project: (output === '' ? {} : JSON.parse(output)) as Project, complaint };
};

const CLUSTER = { POSTGRES_PASSWORD: 'abc123', DIRECT_PORT: '' };
const OWN = { DATABASE_URL: 'postgres://me@db/x', REDIS_URL: 'redis://cache', PORT: '9000' };
const settings: [string, Record<string, string>, string[]][] = [
  ['nothing set', {}, []],
  ['the port set', { PORT: '9000' }, []],
  ['the profile cluster', CLUSTER, ['cluster']],
  ['the profile monitoring', { GRAFANA_PASSWORD: 'x' }, ['monitoring']],
  ['both profiles', CLUSTER, ['cluster', 'monitoring']],
  ['a database and a Redis elsewhere', { ...CLUSTER, ...OWN }, ['cluster']],
];

describeWithContainerTools("compose.yaml, read by Docker Compose's own library", () => {
  it.each(settings)(
    'is valid with %s, and means what the other tests take it for',
    (_what, env, profiles) => {
      const { project, complaint } = read(env, profiles);
      expect(complaint).toBeUndefined();
      const ours = composeWith(env);
      expect(Object.keys(project.services).sort()).toEqual(startedBy(ours, profiles).sort());
      for (const [name, service] of Object.entries(project.services)) {
        const { environment = {}, ports = [] } = ours.services[name] ?? {};
        const texts = Object.entries(environment).map(([key, value]) => [key, String(value)]);
        expect([name, service.environment ?? {}]).toEqual([name, Object.fromEntries(texts)]);
        const published = (service.ports ?? []).map(
          (port) => `${port.host_ip}:${port.published ?? ''}:${port.target}`,
        );
        expect([name, published]).toEqual([name, ports]);
        const mounted = (service.volumes ?? []).filter(({ type }) => type === 'bind');
        expect(mounted.filter(({ source }) => !existsSync(source))).toEqual([]);
      }
    },
  );

  it('would be refused with a misspelt key, and with a service that is not there', () => {
    const folder = join(import.meta.dirname, 'broken-compose');
    expect(read({}, [], join(folder, 'misspelt.yaml')).complaint).toMatch(/helthcheck/);
    expect(read({}, [], join(folder, 'dangling.yaml')).complaint).toMatch(/nobody/);
  });
});
