import { readFileSync } from 'node:fs';
import { dashboardFiles, dashboards } from './monitoring-files.js';

describe.each(dashboards().map((board) => [board.uid, board] as const))('the dashboard %s', (_uid, board) => {
  it('works with any data source: nothing names one but the variable', () => {
    const [first] = board.templating.list;
    expect(first).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    const used = [
      ...board.panels.flatMap(({ datasource, targets = [] }) => [
        ...(datasource ? [datasource] : []),
        ...targets.map((target) => target.datasource),
      ]),
      ...board.annotations.list.map(({ datasource }) => datasource),
      ...board.templating.list.flatMap(({ datasource }) => (datasource ? [datasource] : [])),
    ];
    for (const datasource of used) expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
    expect(board.id).toBeUndefined();
  });

  it('has panels with ids and titles of their own, each with a unit and a question', () => {
    const ids = board.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const panels = board.panels.filter(({ type }) => type !== 'row');
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const { title, targets = [], fieldConfig } of panels) {
      expect([title, targets.length > 0, fieldConfig?.defaults.unit]).toEqual([
        title,
        true,
        expect.any(String),
      ]);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  it('lays its panels side by side, none over another, in a width of 24', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of board.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, taken.get(`${x},${y}`)]).toEqual([title, undefined]);
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });

  it('asks only for what its own installation says, and uses every variable it offers', () => {
    const text = JSON.stringify(board);
    for (const { name } of board.templating.list)
      expect(text.split(`$${name}`).length + text.split(`\${${name}}`).length).toBeGreaterThan(2);
    for (const { targets = [] } of board.panels) {
      for (const { expr } of targets) {
        const selectors = expr.match(/\{[^}]*\}/g) ?? [];
        expect(selectors.length).toBeGreaterThan(0);
        for (const selector of selectors) expect(selector).toContain('{namespace=~"$namespace",job=~"$job"');
      }
    }
  });
});

it('no two dashboards have the same uid, and no file is more than a config map may hold', () => {
  const uids = dashboards().map(({ uid }) => uid);
  expect(new Set(uids).size).toBe(uids.length);
  for (const file of dashboardFiles()) expect(readFileSync(file).length).toBeLessThan(500_000);
});
