import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';
import { alertRules, dashboards, expressionsOf, REPOSITORY, variableLabels } from './monitoring-files.js';
import { type BusyService, startBusyService } from './one-of-everything.js';
import { describeOnPrometheus, type PrometheusServer, startPrometheus } from './prometheus.js';
import { readPromql, type Selector } from './promql.js';

/** What Prometheus adds itself: to every sample, and a metric about each target. */
const TARGET_LABELS = ['job', 'instance', 'namespace', 'pod'];

describe('what rules and dashboards ask for', () => {
  let busy: BusyService;
  let live: Map<string, Map<string, Set<string>>>;
  beforeAll(async () => {
    busy = await startBusyService();
    live = readMetrics(await busy.metrics());
    live.set('up', new Map());
  }, 90_000);
  afterAll(async () => {
    await busy.close();
    await stopAllServices();
  });

  const boards = dashboards();
  it.each([
    ...alertRules().map(({ alert, expr }): [string, string] => [alert, expr]),
    ...boards.flatMap(expressionsOf).map(({ where, expr }): [string, string] => [where, expr]),
  ])('is there: %s', (_where, expr) => {
    const { selectors, groupings } = readPromql(expr);
    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors) expect(missing(selector)).toEqual([]);
    const labels = new Set(selectors.flatMap(({ metric }) => [...(live.get(metric)?.keys() ?? [])]));
    expect(groupings.filter((label) => !labels.has(label) && !TARGET_LABELS.includes(label))).toEqual([]);
  });

  it('offers by its variables only what Prometheus knows of every target', () => {
    for (const board of boards)
      for (const label of variableLabels(board)) expect(TARGET_LABELS).toContain(label);
  });

  describeOnPrometheus('asked of a Prometheus that reads the service', () => {
    let prometheus: PrometheusServer;
    beforeAll(async () => {
      prometheus = await startPrometheus(busy.service.url);
      await until(async () => (await valuesOf('count_over_time(up{job="clankerbot"}[1m]) >= 4')).length > 0, {
        withinMs: 20_000,
        what: 'Prometheus to have read the service four times',
      });
    }, 60_000);
    afterAll(() => prometheus.close());

    const valuesOf = async (query: string): Promise<unknown[]> =>
      (await prometheus.get<{ result: unknown[] }>('query', { query })).result;

    it('has an answer in every panel', async () => {
      const panels = boards.flatMap(expressionsOf).filter(({ where }) => !where.endsWith(': annotation'));
      const silent = [];
      for (const { where, expr } of panels) if ((await valuesOf(expr)).length === 0) silent.push(where);
      expect(silent).toEqual([]);
      expect(panels.length).toBeGreaterThan(50);
    });

    it('evaluates every rule', async () => {
      interface Rules {
        groups: { rules: { name: string; health: string }[] }[];
      }
      const rulesNow = async (): Promise<{ name: string; health: string }[]> =>
        (await prometheus.get<Rules>('rules')).groups.flatMap(({ rules }) => rules);
      await until(async () => (await rulesNow()).every(({ health }) => health !== 'unknown'), {
        withinMs: 20_000,
        what: 'the first evaluation of all rules',
      });
      const healths = new Map((await rulesNow()).map(({ name, health }) => [name, health]));
      expect(healths).toEqual(new Map(alertRules().map(({ alert }) => [alert, 'ok'])));
    });
  });

  /** Names and labels that no sample has, and values that none is equal to. */
  function missing({ metric, matchers }: Selector): string[] {
    const labels = live.get(metric);
    if (!labels) return [metric];
    return matchers
      .filter(({ label }) => !TARGET_LABELS.includes(label))
      .filter(({ label, operator, value }) => {
        const values = [...(labels.get(label) ?? [])];
        if (values.length === 0) return true;
        if (operator === '=' || operator === '!=') return !values.includes(value);
        return !values.some((known) => new RegExp(`^(?:${value})$`).test(known));
      })
      .map(({ label, operator, value }) => `${metric}{${label}${operator}"${value}"}`);
  }

  it('is explained: docs/monitoring.md lists each metric of the service, with its labels', async () => {
    const own = [...(await busy.metrics()).matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name);
    const document = readFileSync(join(REPOSITORY, 'docs/monitoring.md'), 'utf8');
    const rows = new Map(
      [...document.matchAll(/^\| `([a-z_]+)` +\| ([^|]*)\|/gm)].map(([, name = '', labels = '']) => [
        name,
        [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
      ]),
    );
    const names = own.filter((name) => !/^(process|nodejs)_/.test(name)).sort();
    expect([...rows.keys()].sort()).toEqual(names);
    for (const [name, labels] of rows) {
      const sampled = live.get(name) ?? live.get(`${name}_count`);
      expect([name, labels]).toEqual([name, [...(sampled?.keys() ?? [])].sort()]);
    }
  });

  it('notices a metric, a label and a value that are not there', () => {
    const ask = (expr: string): string[] => readPromql(expr).selectors.flatMap(missing);
    expect(ask('sum by (x) (rate(http_requests_total{job="a"}[5m]))')).toEqual(['http_requests_total']);
    expect(ask('queue_jobs{name="a"} > 1 or queue_jobs{state="lost"}')).toEqual([
      'queue_jobs{name="a"}',
      'queue_jobs{state="lost"}',
    ]);
    expect(readPromql('a / on (b, c) group_left (d) max by (e) (f)')).toEqual({
      selectors: [
        { metric: 'a', matchers: [] },
        { metric: 'f', matchers: [] },
      ],
      groupings: ['b', 'c', 'd', 'e'],
    });
  });
});

/** The text format: each metric with its labels and their values. */
function readMetrics(text: string): Map<string, Map<string, Set<string>>> {
  const metrics = new Map<string, Map<string, Set<string>>>();
  for (const line of text.split('\n')) {
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line);
    if (!sample) continue;
    const [, name = '', pairs = ''] = sample;
    const labels = metrics.get(name) ?? new Map<string, Set<string>>();
    metrics.set(name, labels);
    for (const [, label = '', value = ''] of pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
  return metrics;
}
