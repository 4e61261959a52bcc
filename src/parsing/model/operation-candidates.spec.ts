import { clockifyOperations } from '../../integrations/clockify/operations/clockify-operation.js';
import { IntegrationRegistry } from '../../integrations/integration-registry.js';
import { FakeIntegration } from '../../../test/support/fake-integration.js';
import { permissionOf } from './model-operations.js';
import { toolsFor } from './model-tool.js';
import { OperationCandidates } from './operation-candidates.js';

const clockify = new FakeIntegration('clockify', clockifyOperations());
const slack = new FakeIntegration('slack', [
  {
    name: 'post_message',
    summary: 'Post a message to a channel',
    params: { type: 'object' },
    example: {},
    isWrite: true,
    tags: ['messages'],
  },
]);
const candidates = new OperationCandidates(new IntegrationRegistry([clockify, slack]));

describe('the operations that a text can mean', () => {
  it.each([
    ['Get my Clockify user info', 'clockify.get_user'],
    ['who am I?', 'clockify.get_user'],
    ['show all workspaces', 'clockify.list_workspaces'],
    ['create a client named Acme', 'clockify.create_client'],
    ['add a new customer Acme Ltd', 'clockify.create_client'],
    ['log 2h yesterday on Website', 'clockify.create_time_entry'],
    ['I worked from 9 to 12 on the report', 'clockify.create_time_entry'],
    ['start a timer for support', 'clockify.start_timer'],
    ['finish the running timer', 'clockify.stop_timer'],
    ['which projects are there', 'clockify.list_projects'],
  ])('%s', (text, wanted) => {
    const names = candidates.forText(text).map((c) => `${c.integration.name}.${c.operation.name}`);
    expect(names).toContain(wanted);
    expect(names.length).toBeLessThanOrEqual(12);
  });

  it.each([
    'rename tag 64a687e29ae1f428e7ebe303 to urgent',
    'remove the project 64a687e29ae1f428e7ebe303',
    'invite ann@example.com to the workspace',
    'approve the time off request 64a687e29ae1f428e7ebe303',
    'tell #general that lunch is ready',
  ])('are only such as a model may ask for: %s', (text) => {
    for (const candidate of candidates.forText(text)) expect(permissionOf(candidate)).toBeDefined();
  });

  it('are the plainly named ones where no word is known', () => {
    const found = candidates.forText('Bitte Kunden anlegen');
    expect(found.length).toBeGreaterThan(5);
    expect(found.every(({ operation }) => operation.name === operation.name.toLowerCase())).toBe(true);
  });
});

describe('a tool', () => {
  const all = clockify.operations().map((operation) => ({
    integration: clockify,
    operation,
    permission: { deed: 'read' as const, fields: 'all' as const },
  }));

  it('can be made of every operation: by its own name, flat, closed and without references', () => {
    const tools = toolsFor(all);
    expect(tools.size).toBe(all.length);
    for (const [name, { tool }] of tools) {
      expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      const text = JSON.stringify(tool);
      expect(text.length).toBeLessThan(20_000);
      expect(text).not.toContain('$ref');
      expect(tool.function.parameters).toMatchObject({ type: 'object', additionalProperties: false });
    }
  });
});
