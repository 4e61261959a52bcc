import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const REPOSITORY = join(import.meta.dirname, '../..');
export const ALERTS_FILE = join(REPOSITORY, 'helm/clankerbot/files/alerts/clankerbot.yaml');
const DASHBOARDS = join(REPOSITORY, 'helm/clankerbot/files/dashboards');

export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

interface DataSourceRef {
  type: string;
  uid: string;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  datasource?: DataSourceRef;
  gridPos: { h: number; w: number; x: number; y: number };
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { refId: string; datasource: DataSourceRef; expr: string; legendFormat?: string }[];
}

export interface Dashboard {
  id?: unknown;
  uid: string;
  title: string;
  annotations: { list: { expr: string; datasource: DataSourceRef }[] };
  templating: {
    list: { name: string; type: string; datasource?: DataSourceRef; query: string | { query: string } }[];
  };
  panels: Panel[];
}

export const alertRules = (): AlertRule[] =>
  (parse(readFileSync(ALERTS_FILE, 'utf8')) as { groups: { rules: AlertRule[] }[] }).groups.flatMap(
    ({ rules }) => rules,
  );

export const dashboardFiles = (): string[] => readdirSync(DASHBOARDS).map((name) => join(DASHBOARDS, name));

export const dashboards = (): Dashboard[] =>
  dashboardFiles().map((file) => JSON.parse(readFileSync(file, 'utf8')) as Dashboard);

const LABEL_VALUES = /^label_values\((.*), (\w+)\)$/;

export interface NamedExpression {
  where: string;
  expr: string;
}

/** Every expression of a dashboard, with its variables filled in as Grafana does for "All". */
export function expressionsOf(dashboard: Dashboard): NamedExpression[] {
  const panels = dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ refId, expr }) => ({
      where: `${dashboard.uid}: ${panel.title} (${refId})`,
      expr,
    })),
  );
  const annotations = dashboard.annotations.list.map(({ expr }) => ({
    where: `${dashboard.uid}: annotation`,
    expr,
  }));
  const variables = dashboard.templating.list.flatMap(({ name, query }) => {
    const call = LABEL_VALUES.exec(typeof query === 'string' ? query : query.query);
    return call ? [{ where: `${dashboard.uid}: variable ${name}`, expr: call[1] ?? '' }] : [];
  });
  return [...panels, ...annotations, ...variables].map(({ where, expr }) => ({
    where,
    expr: filledIn(expr),
  }));
}

/** Labels that the variables ask for by label_values(…, LABEL). */
export const variableLabels = (dashboard: Dashboard): string[] =>
  dashboard.templating.list.flatMap(({ query }) => {
    const call = LABEL_VALUES.exec(typeof query === 'string' ? query : query.query);
    return call ? [call[2] ?? ''] : [];
  });

const filledIn = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(namespace|job|instance)\b/g, '.*');
