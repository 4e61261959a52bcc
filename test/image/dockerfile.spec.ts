import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REPOSITORY } from './compose-file.js';
import { describeWithContainerTools, runTool } from './container-tools.js';

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const text = read('Dockerfile');

interface Instruction {
  word: string;
  rest: string;
}

/** One entry per instruction, continuations joined, stages after their FROM. */
const instructions: Instruction[] = text
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
const restsOf = (word: string, list = instructions): string[] =>
  list.filter((one) => one.word === word).map(({ rest }) => rest);
const final = instructions.slice(instructions.findLastIndex(({ word }) => word === 'FROM'));

describe('the Dockerfile', () => {
  it('is built on one image, of exactly the Node that the tests run on', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as {
      devDependencies: Record<string, string>;
    };
    expect(restsOf('ARG')).toEqual([`NODE_IMAGE=node:${devDependencies['node']}-bookworm-slim`]);
    for (const from of restsOf('FROM'))
      expect(from).toMatch(/^(--platform=\$BUILDPLATFORM )?\$\{NODE_IMAGE\}( AS \w+)?$/);
    expect(final[0]?.rest).toBe('${NODE_IMAGE}');
  });

  it('takes packages only as the lock file has them, and runs none of their scripts', () => {
    const installs = restsOf('RUN').filter((rest) =>
      /\bnpm (ci|i|install|add)\b|\byarn\b|\bpnpm\b/.test(rest),
    );
    expect(installs).toHaveLength(2);
    for (const install of installs) expect(install).toMatch(/^npm ci .*--ignore-scripts/);
    expect(installs.filter((install) => install.includes('--omit=dev'))).toHaveLength(1);
  });

  it('copies into the last stage what other stages made, and no sources', () => {
    expect(restsOf('COPY', final)).toEqual([
      'package.json ./',
      '--from=packages /app/node_modules ./node_modules',
      '--from=build /app/dist ./dist',
    ]);
    expect(restsOf('ADD')).toEqual([]);
    // Beyond the base's: curl, for `helm test` and for looking around.
    const installed = restsOf('RUN', final).flatMap((run) => [
      ...run.matchAll(/apt-get install (?:-\S+ )*([^&]+)/g),
    ]);
    expect(installed.map(([, packages]) => packages?.trim())).toEqual(['ca-certificates curl']);
    for (const run of restsOf('RUN', final)) expect(run).not.toMatch(/\b(npm|wget|gcc|make)\b/);
  });

  it('lets nothing into the build but what is copied', () => {
    const [all, ...rest] = read('.dockerignore').trim().split('\n');
    expect(all).toBe('*');
    const let_in = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = restsOf('COPY')
      .filter((copy) => !copy.startsWith('--from'))
      .flatMap((copy) => copy.split(' ').slice(0, -1));
    expect([...new Set(copied)].sort()).toEqual(let_in.sort());
  });

  it('ends as a user without rights, by number, so that Kubernetes can tell', () => {
    expect(restsOf('USER')).toEqual(['1000:1000']);
    expect(final.findIndex(({ word }) => word === 'USER')).toBeGreaterThan(
      final.findLastIndex(({ word }) => word === 'COPY' || word === 'RUN'),
    );
  });

  it('starts the service itself, without a shell that would keep the signals, and asks whether it is well', () => {
    expect(JSON.parse(restsOf('CMD', final)[0] ?? '')).toEqual([
      'node',
      '--liftoff-only',
      'dist/bundle/main.js',
    ]);
    expect(restsOf('ENTRYPOINT')).toEqual([]);
    const [health = ''] = restsOf('HEALTHCHECK', final);
    expect((JSON.parse(health.slice(health.indexOf('['))) as string[]).join(' ')).toContain('/healthz');
  });

  it('keeps no secret, and says the port and the volume that compose.yaml counts on', () => {
    const [environment = ''] = restsOf('ENV', final);
    expect(text).not.toMatch(/^\s*(ENV|ARG).*(KEY|TOKEN|SECRET|PASSWORD)/m);
    const port = /PORT=(\d+)/.exec(environment)?.[1];
    expect(restsOf('EXPOSE')).toEqual([port]);
    const { services } = parse(read('compose.yaml')) as {
      services: { clankerbot: { environment: { PORT: number; DATA_DIR: string }; volumes: string[] } };
    };
    expect(String(services.clankerbot.environment.PORT)).toBe(port);
    expect(services.clankerbot.volumes).toEqual([`data:${restsOf('VOLUME')[0]}`]);
  });
});

describe('the packages in the image', () => {
  interface LockedPackage {
    dev?: boolean;
    optional?: boolean;
    devOptional?: boolean;
    cpu?: string[];
    os?: string[];
    libc?: string[];
  }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> };
  const inImage = Object.entries(packages).filter(
    ([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional,
  );

  it('are made for no architecture in particular, so that linux/arm64 has the same as linux/amd64', () => {
    expect(inImage.length).toBeGreaterThan(100);
    const particular = inImage.filter(([, { cpu, os, libc }]) => cpu ?? os ?? libc);
    expect(particular.map(([path]) => path)).toEqual([]);
  });
});

describeWithContainerTools('hadolint', () => {
  it('has nothing to say about the Dockerfile', () => {
    expect(runTool('hadolint', ['--no-color', 'Dockerfile'], { cwd: REPOSITORY })).toEqual({
      output: '',
      complaint: undefined,
    });
  });

  it('would have, about one without a tag that runs as root', () => {
    const input = 'FROM node\nRUN cd /x && apt-get install curl\nUSER root\nCMD node main.js\n';
    const { complaint } = runTool('hadolint', ['--no-color', '-'], { input });
    for (const rule of ['DL3006', 'DL3008', 'DL3003', 'DL3002', 'DL3025']) expect(complaint).toContain(rule);
  });
});
