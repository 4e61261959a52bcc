import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CONFIG_SECTIONS } from '../../src/app.config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { httpConfig } from '../../src/http/http.config.js';
import { storageConfig } from '../../src/storage/storage.config.js';
import { throttlingConfig } from '../../src/throttling/throttling.config.js';
import { composeWith, REPOSITORY, startedBy } from './compose-file.js';

interface Grafana {
  environment: Record<string, string>;
  entrypoint: string[];
}

const CLUSTER = { POSTGRES_PASSWORD: 'abc123', DIRECT_PORT: '' };
const services = Object.entries(composeWith({}).services);

describe('compose.yaml', () => {
  it('starts the service alone, on the embedded Postgres and port 8000 of this machine, where nothing is set', () => {
    const file = composeWith({});
    expect(startedBy(file, [])).toEqual(['clankerbot']);
    const { environment, ports } = file.services['clankerbot']!;
    expect(ports).toEqual(['127.0.0.1:8000:8000']);
    const config = loadConfig(CONFIG_SECTIONS, textsOf(environment));
    expect(config.get(storageConfig)).toMatchObject({ DATABASE_URL: undefined, DATA_DIR: '/data/db' });
    expect(config.get(throttlingConfig).REDIS_URL).toBeUndefined();
    expect(config.get(httpConfig).TRUST_PROXY).toBe(false);
  });

  it('gives every replica the Postgres and the Redis of the profile, and the port to the proxy', () => {
    const file = composeWith(CLUSTER);
    expect(startedBy(file, ['cluster'])).toEqual(['clankerbot', 'proxy', 'postgres', 'redis']);
    const { environment, ports } = file.services['clankerbot']!;
    const config = loadConfig(CONFIG_SECTIONS, textsOf(environment));
    expect(config.get(storageConfig).DATABASE_URL).toBe(
      'postgres://clankerbot:abc123@postgres:5432/clankerbot',
    );
    expect(config.get(throttlingConfig).REDIS_URL).toBe('redis://redis:6379');
    expect(config.get(httpConfig).TRUST_PROXY).toBe(1);
    expect(ports).toEqual(['127.0.0.1::8000']);
    expect(file.services['proxy']!.ports).toEqual(['127.0.0.1:8000:8000']);
    expect(file.services['postgres']!.environment).toMatchObject({
      POSTGRES_USER: 'clankerbot',
      POSTGRES_DB: 'clankerbot',
      POSTGRES_PASSWORD: 'abc123',
    });
  });

  it('prefers a database and a Redis of your own, and moves to another port', () => {
    const own = { DATABASE_URL: 'postgres://me@db/x', REDIS_URL: 'redis://cache', PORT: '9000' };
    const { environment, ports } = composeWith({ ...CLUSTER, ...own }).services['clankerbot']!;
    expect(environment).toMatchObject({
      DATABASE_URL: own.DATABASE_URL,
      REDIS_URL: own.REDIS_URL,
      PORT: 8000,
    });
    expect(ports).toEqual(['127.0.0.1::8000']);
    expect(composeWith({ PORT: '9000' }).services['clankerbot']!.ports).toEqual(['127.0.0.1:9000:8000']);
  });

  it('gives Grafana no password of its own, and does not start it without one', () => {
    const grafana = (env: Record<string, string>) =>
      composeWith(env).services['grafana'] as unknown as Grafana;
    expect(grafana({}).environment['GF_SECURITY_ADMIN_PASSWORD'] ?? '').toBe('');
    expect(grafana({ GRAFANA_PASSWORD: 'x' }).environment['GF_SECURITY_ADMIN_PASSWORD']).toBe('x');
    const [shell = '', ...words] = grafana({}).entrypoint;
    const script = words.map((word) => word.replaceAll('$$', '$').replace('/run.sh', 'echo started'));
    const start = (password: string) =>
      spawnSync(shell, script, {
        env: { ...process.env, GF_SECURITY_ADMIN_PASSWORD: password },
        encoding: 'utf8',
      });
    expect(start('')).toMatchObject({ status: 1, stdout: '', stderr: 'Set GRAFANA_PASSWORD\n' });
    expect(start('secret')).toMatchObject({ status: 0, stdout: 'started\n' });
  });

  it.each(['postgres', 'redis', 'proxy', 'prometheus', 'grafana'])(
    'takes the image of %s by digest',
    (name) => {
      const variable = `${(name === 'proxy' ? 'caddy' : name).toUpperCase()}_IMAGE`;
      const image = `registry.example/${name}@sha256:${'0'.repeat(64)}`;
      expect((composeWith({ [variable]: image }).services[name] as { image?: string }).image).toBe(image);
    },
  );

  it('publishes on loopback only, each port once', () => {
    const published = Object.values(composeWith(CLUSTER).services).flatMap(({ ports }) => ports ?? []);
    expect(published.length).toBe(4);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d*:\d+$/);
    const fixed = published.map((port) => port.split(':')[1]).filter((port) => port !== '');
    expect(new Set(fixed).size).toBe(fixed.length);
  });

  it('can run the service several times', () => {
    const { container_name: name, ports } = composeWith(CLUSTER).services['clankerbot']!;
    expect([name, ports]).toEqual([undefined, ['127.0.0.1::8000']]);
  });

  it.each(services)('starts %s again after a failure, and gives it no rights to gain', (name, service) => {
    expect(service.restart).toBe('unless-stopped');
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    // Postgres's image starts as root to own its volume, and steps down.
    expect(service.cap_drop).toEqual(name === 'postgres' ? undefined : ['ALL']);
  });

  // Ours is built here and has its HEALTHCHECK in the image.
  it.each(services.filter(([, { build }]) => build === undefined))(
    'takes %s from a pinned image and asks whether it is well',
    (_name, service) => {
      expect(service.image).toMatch(/^[a-z/]+:v?\d+(\.\d+)*(-alpine)?$/);
      expect(service.healthcheck?.test[0]).toBe('CMD');
    },
  );

  it('names only volumes, configs and services that there are, and uses all of them', () => {
    const file = composeWith({});
    const all = Object.values(file.services);
    const sources = all.flatMap((service) => (service.volumes ?? []).map((volume) => volume.split(':')[0]!));
    const isPath = (source: string): boolean => source.startsWith('./');
    const volumes = sources.filter((source) => !isPath(source));
    expect(new Set(volumes)).toEqual(new Set(Object.keys(file.volumes)));
    for (const path of sources.filter(isPath))
      expect(readdirSync(join(REPOSITORY, path))).not.toHaveLength(0);
    const configs = all.flatMap((service) => (service.configs ?? []).map(({ source }) => source));
    expect(configs.sort()).toEqual(Object.keys(file.configs).sort());
    for (const service of all) {
      for (const [other, { required = true }] of Object.entries(service.depends_on ?? {})) {
        const needed = file.services[other]!;
        // What is not started with it must not be required of it.
        const isStartedToo =
          needed.profiles === undefined ||
          needed.profiles.every((profile) => service.profiles?.includes(profile));
        expect([other, required]).toEqual([other, isStartedToo]);
      }
    }
  });

  it('has Prometheus find every replica and read our rules, and Grafana find Prometheus and our dashboards', () => {
    const { configs, services: all } = composeWith({});
    expect(parse(configs['prometheus']!.content)).toMatchObject({
      rule_files: ['/etc/prometheus/rules/*.yaml'],
      scrape_configs: [
        { job_name: 'clankerbot', dns_sd_configs: [{ names: ['clankerbot'], type: 'A', port: 8000 }] },
      ],
    });
    expect(all['prometheus']!.volumes).toContain('./helm/clankerbot/files/alerts:/etc/prometheus/rules:ro');
    expect(parse(configs['grafana-datasource']!.content)).toMatchObject({
      datasources: [{ type: 'prometheus', url: 'http://prometheus:9090' }],
    });
    expect(parse(configs['grafana-dashboards']!.content)).toMatchObject({
      providers: [{ type: 'file', options: { path: '/etc/grafana/dashboards' } }],
    });
    expect(all['grafana']!.volumes).toContain(
      './helm/clankerbot/files/dashboards:/etc/grafana/dashboards:ro',
    );
  });
});

const textsOf = (environment: Record<string, string | number> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
