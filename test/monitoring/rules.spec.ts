import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { anchors, readDocument } from '../support/markdown.js';
import { ALERTS_FILE, alertRules, REPOSITORY } from './monitoring-files.js';
import { describeOnPrometheus, promtool } from './prometheus.js';

const TESTS_FILE = join(import.meta.dirname, 'alerts.test.yaml');
const rules = alertRules();

interface RuleTests {
  tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
}

describe('the alert rules', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s says what, why and what to do',
    (name, rule) => {
      expect(name).toMatch(/^Clankerbot[A-Z][A-Za-z]+$/);
      expect(['critical', 'warning']).toContain(rule.labels['severity']);
      expect(Object.keys(rule.annotations).sort()).toEqual(['description', 'runbook', 'summary']);
      expect(rule.annotations['runbook']).toBe(`docs/RUNBOOK.md#${name.toLowerCase()}`);
      expect(anchors(readDocument('docs/RUNBOOK.md'))).toContain(name.toLowerCase());
      // Rules of several installations may stand in one Prometheus.
      expect(rule.expr).toContain('job=~".*clankerbot.*"');
      expect(rule.expr).toMatch(/by \(namespace, job\b/);
    },
  );

  it('are listed in docs/monitoring.md with their severity', () => {
    const document = readFileSync(join(REPOSITORY, 'docs/monitoring.md'), 'utf8');
    const listed = [...document.matchAll(/^\| `(Clankerbot\w+)` +\| (\w+) +\|/gm)].map((row) => row.slice(1));
    expect(listed.sort()).toEqual(rules.map(({ alert, labels }) => [alert, labels['severity']]).sort());
  });

  it('are each tested both ways: with what sets them off, and with what must not', () => {
    const cases = (parse(readFileSync(TESTS_FILE, 'utf8')) as RuleTests).tests.flatMap(
      ({ alert_rule_test }) => alert_rule_test,
    );
    const firing = cases.filter(({ exp_alerts = [] }) => exp_alerts.length > 0).map((one) => one.alertname);
    const silent = cases.filter(({ exp_alerts = [] }) => exp_alerts.length === 0).map((one) => one.alertname);
    const names = rules.map(({ alert }) => alert).sort();
    expect([...new Set(firing)].sort()).toEqual(names);
    expect(names.filter((name) => !silent.includes(name))).toEqual([]);
  });
});

// `promtool test rules` compares all alerts of a name at a time, so one that fires for another job shows, too.
describeOnPrometheus('promtool', () => {
  it('finds the rules well-formed', () => {
    expect(promtool('check', 'rules', ALERTS_FILE)).toContain(`${rules.length} rules found`);
  });

  it('sees every alert fire when it should, with its text, and stay silent when it should not', () => {
    expect(promtool('test', 'rules', TESTS_FILE)).toContain('SUCCESS');
  });

  it('accepts the configuration that compose.yaml gives to Prometheus', () => {
    const compose = parse(readFileSync(join(REPOSITORY, 'compose.yaml'), 'utf8')) as {
      configs: { prometheus: { content: string } };
    };
    const directory = mkdtempSync(join(tmpdir(), 'clankerbot-promtool-'));
    const file = join(directory, 'prometheus.yml');
    const content = compose.configs.prometheus.content;
    writeFileSync(file, content.replace('/etc/prometheus/rules/*.yaml', ALERTS_FILE));
    expect(promtool('check', 'config', file)).toContain(`${rules.length} rules found`);
    rmSync(directory, { recursive: true });
  });
});
