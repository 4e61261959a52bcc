import { schemaCheck } from '../../schema-validator.js';
import { operationIndex } from './operation-index.js';

describe('the operation index', () => {
  const index = operationIndex();

  it('has all 159 operations of the vendor, each under an id of its own', () => {
    expect(index.operations).toHaveLength(159);
    expect(new Set(index.operations.map((o) => o.id)).size).toBe(159);
  });

  it('knows the host of each', () => {
    const reports = index.operations.filter((o) => o.host === 'reports');
    expect(reports).toHaveLength(10);
    expect(index.operations.filter((o) => o.host === 'core')).toHaveLength(148);
    expect(index.get('generateSummaryReport').host).toBe('reports');
    expect(index.operations.filter((o) => o.host === 'audit').map((o) => o.id)).toEqual(['getAuditLogs']);
  });

  it('has a required path parameter for every placeholder of every path', () => {
    for (const operation of index.operations) {
      const placeholders = [...operation.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
      const parameters = operation.parameters.filter((p) => p.in === 'path' && p.required);
      expect(parameters.map((p) => p.name).sort()).toEqual([...placeholders].sort());
    }
  });

  it('has a body schema that compiles for every operation with a body', () => {
    const bodies = index.operations.flatMap(({ body }) => (body ? [body] : []));
    expect(bodies).toHaveLength(88);
    const faults = bodies.map(({ schema }) => schemaCheck(index.withDefinitions(schema))('not a body'));
    expect(faults.filter((list) => list.length === 0)).toEqual([]);
  });

  it('expects Last-Page from the eighteen paged lists of the core host', () => {
    expect(index.operations.filter((o) => o.lastPageHeader)).toHaveLength(18);
  });

  it('keeps no sentence of the vendor', () => {
    expect(JSON.stringify(index.operations) + JSON.stringify(index.schemas)).not.toMatch(
      /[a-z]+ [a-z]+ [a-z]+ /i,
    );
  });
});
