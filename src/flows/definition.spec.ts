// oxlint-disable unicorn/no-thenable -- `then` is a list in flow documents
import fc from 'fast-check';
import { parse } from 'yaml';
import type { Integration, Operation } from '../integrations/integration.js';
import { FlowCheck } from './document/flow-check.js';
import { costOf } from './document/flow-cost.js';
import type { FlowDefinition } from './document/flow-definition.js';
import { toDocument, toYaml } from './document/flow-document.js';
import { FlowInvalidError } from './flows.errors.js';
import type { Fault } from '../errors/fault.js';
import { cases } from '../../test/support/properties.js';

function integration(name: string, operations: Operation[]): Integration {
  return {
    name,
    summary: name,
    isConfigured: true,
    operations: () => operations,
    find: (wanted) => operations.find((o) => o.name === wanted),
    arrange: (_operation, params) => params,
    preview: () => ({ method: 'POST', url: 'http://x/', headers: {} }),
    execute: async () => ({}),
  };
}
const operation = (name: string, properties: object, required: string[]): Operation => ({
  name,
  summary: name,
  params: { type: 'object', properties, required, additionalProperties: false },
  example: {},
  isWrite: true,
  tags: [],
});
const check = new FlowCheck([
  integration('slack', [
    operation('post_message', { channel: { type: 'string', pattern: '^#' }, text: { type: 'string' } }, [
      'channel',
      'text',
    ]),
  ]),
  integration('clockify', [
    operation('createProject', { workspaceId: { type: 'string' }, body: { type: 'object' } }, [
      'workspaceId',
    ]),
    operation('set_rate', { amount: { type: 'integer' }, workspaceId: { type: 'string' } }, ['amount']),
  ]),
]);

function faultsOf(document: unknown): Fault[] {
  try {
    check.read(document);
    return [];
  } catch (error) {
    if (error instanceof FlowInvalidError) return error.details as Fault[];
    throw error;
  }
}
const notify = { id: 'notify', action: 'slack.post_message', params: { channel: '#general', text: 'hi' } };
const flow = (steps: unknown[], rest: object = {}) => ({ name: 'A flow', steps, ...rest });
const message = { action: 'slack.post_message', params: { channel: '#x', text: '{{ payload.name }}' } };

describe('a flow document', () => {
  it('is read with defaults filled in', () => {
    expect(check.read(flow([message]))).toEqual({
      name: 'A flow',
      enabled: true,
      trigger: { source: [], events: [], workspace: [] },
      steps: [{ id: 'action_1', ...message }],
      limits: {},
    });
  });

  it('comes back the same through its own document and YAML', () => {
    const definition = check.read(
      flow(
        [
          notify,
          {
            id: 'big',
            if: { field: 'payload.n', operator: '>', value: 3 },
            then: [{ wait: 'PT2H' }],
            else: [{ stop: true }],
          },
          {
            for_each: '{{ payload.items }}',
            as: 'one',
            steps: [{ transform: { v: '{{ one.x }} {{ index }}' } }],
          },
          { wait: { until: '{{ payload.start }}' } },
          { call_flow: 'Other', input: { a: '{{ steps.notify.result.ts }}' } },
        ],
        {
          trigger: { source: 'clockify', events: ['NEW_PROJECT'] },
          conditions: ['payload.a = 1'],
          limits: { steps: 9 },
        },
      ),
    );
    expect(check.read(toDocument(definition))).toEqual(definition);
    expect(check.read(parse(toYaml(definition)))).toEqual(definition);
  });

  it.each<[string, unknown, string, RegExp]>([
    ['no object', [], '', /object/],
    ['no name', { steps: [notify] }, 'name', /text/],
    ['no steps', flow([]), 'steps', /at least one/],
    ['an unknown key', flow([notify], { step: 1 }), 'step', /not known/],
    [
      'an unknown operation',
      flow([{ ...notify, action: 'slack.post_mesage' }]),
      'steps[0].action',
      /slack.post_message/,
    ],
    ['missing params', flow([{ ...notify, params: { text: 'x' } }]), 'steps[0].params.channel', /required/],
    [
      'wrong params',
      flow([{ action: 'clockify.set_rate', params: { amount: 'x' } }]),
      'steps[0].params.amount',
      /integer/,
    ],
    [
      'a text template where a number is wanted',
      flow([{ action: 'clockify.set_rate', params: { amount: 'x{{ payload.a }}' } }]),
      'steps[0].params.amount',
      /integer/,
    ],
    [
      'a broken template',
      flow([{ transform: { a: ['{{ payload. }}'] } }]),
      'steps[0].transform.a[0]',
      /cannot be read/,
    ],
    ['a template that is not closed', flow([{ transform: '{{ payload' }]), 'steps[0].transform', /closing/],
    ['an unknown root', flow([{ transform: '{{ webhook.x }}' }]), 'steps[0].transform', /no webhook/],
    [
      'a later step',
      flow([
        { id: 'a', transform: '{{ steps.b.result }}' },
        { id: 'b', transform: 1 },
      ]),
      'steps[0].transform',
      /b/,
    ],
    [
      'a step inside of a loop',
      flow([{ for_each: [1], steps: [{ id: 'in', transform: 1 }] }, { transform: '{{ steps.in.result }}' }]),
      'steps[1].transform',
      /in/,
    ],
    ['two kinds in one step', flow([{ wait: 'PT1S', stop: true }]), 'steps[0]', /exactly one/],
    ['the same id twice', flow([notify, notify]), 'steps[1].id', /another/],
    ['a bad id', flow([{ id: '1 x', transform: 1 }]), 'steps[0].id', /letters/],
    [
      'an unknown operator',
      flow([notify], { conditions: { field: 'payload.a', operator: '=~', value: 1 } }),
      'conditions.operator',
      /one of/,
    ],
    [
      'a bad pattern',
      flow([notify], { conditions: [{ field: 'payload.a', operator: 'matches', value: '(' }] }),
      'conditions[0].value',
      /regular/,
    ],
    [
      'a pattern that looks ahead',
      flow([notify], { conditions: [{ field: 'payload.a', operator: 'matches', value: 'a(?=b)' }] }),
      'conditions[0].value',
      /linear time/,
    ],
    [
      'an expression with a pattern that looks back, wherever it stands',
      flow([
        { transform: { list: '{{ $map(payload.items, function($i) { $contains($i.name, /(a)\\1/) }) }}' } },
      ]),
      'steps[0].transform.list',
      /the pattern .* linear time/,
    ],
    [
      'a bad field',
      flow([notify], { conditions: [{ field: 'payload..a', operator: 'exists' }] }),
      'conditions[0].field',
      /path/,
    ],
    [
      'a field of nowhere',
      flow([notify], { conditions: [{ field: 'projectId', operator: 'exists' }] }),
      'conditions.all[0].field',
      /payload.projectId/,
    ],
    ['a bad wait', flow([{ wait: 'two hours' }]), 'steps[0].wait', /duration/],
    ['a wait of years', flow([{ wait: 'P2000D' }]), 'steps[0].wait', /at most/],
    ['a loop over nothing', flow([{ for_each: 'payload.x', steps: [notify] }]), 'steps[0].for_each', /list/],
    ['a bad limit', flow([notify], { limits: { concurrency: 0 } }), 'limits.concurrency', /whole number/],
    ['too many tries', flow([{ ...notify, retry: { attempts: 500 } }]), 'steps[0].retry.attempts', /1 to 20/],
  ])('with %s is refused by its path', (_what, document, path, why) => {
    const fault = faultsOf(document).find((f) => f.path === path);
    expect(fault?.message).toMatch(why);
  });

  it('has every fault listed at once', () => {
    expect(faultsOf({ steps: [{ wait: 1 }, { stop: 2 }] }).map((f) => f.path)).toEqual([
      'name',
      'steps[0].wait',
      'steps[1].stop',
    ]);
  });

  it('never fails in another way, whatever comes', () => {
    const keys = fc.constantFrom(
      'name',
      'steps',
      'if',
      'then',
      'wait',
      'action',
      'params',
      'conditions',
      'all',
      'field',
      'trigger',
      'actions',
      'for_each',
      'rules',
    );
    const json = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(null, 1, '', 'x', '{{ a', '$.webhook.x', 'slack.post_message', true),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(keys, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(json, (document) => expect(faultsOf(document)).toBeInstanceOf(Array)),
      cases(1500),
    );
  });

  it('shows the requests to Clockify that a run costs', () => {
    const create = { action: 'clockify.createProject', params: { workspaceId: 'w' } };
    const definition = check.read(
      flow([
        create,
        { if: 'payload.a', then: [create, create], else: [] },
        { for_each: '{{ payload.l }}', max: 5, steps: [create, notify] },
      ]),
    );
    expect(costOf(definition, { find: () => undefined, deepest: 5 })).toEqual({
      clockifyRequests: { min: 1, max: 8 },
      actions: { min: 1, max: 13 },
    });
  });

  it('counts the flows that it calls, as deep as calls may go', () => {
    const create = { action: 'clockify.createProject', params: { workspaceId: 'w' } };
    const call = (name: string) => ({ call_flow: name });
    const flows = new Map(
      Object.entries({
        leaf: check.read(flow([create, notify])),
        pair: check.read(flow([call('leaf'), { if: 'payload.a', then: [call('leaf')] }, call('gone')])),
        ping: check.read(flow([create, call('pong')])),
        pong: check.read(flow([notify, call('ping'), call('ping')])),
        many: check.read(flow(Array.from({ length: 200 }, () => call('many')))),
        huge: check.read(
          flow([{ for_each: '{{ payload.l }}', max: 1000, steps: [create, ...Array(9).fill(call('huge'))] }]),
        ),
      }),
    );
    const cost = (name: string, deepest: number) =>
      costOf(flows.get(name) as FlowDefinition, { find: (called) => flows.get(called), deepest });
    expect(cost('pair', 5)).toEqual({ clockifyRequests: { min: 1, max: 2 }, actions: { min: 2, max: 4 } });
    expect(cost('pair', 0).actions).toEqual({ min: 0, max: 0 });
    // ping, pong, two pings, two pongs.
    expect(cost('ping', 3)).toEqual({ clockifyRequests: { min: 3, max: 3 }, actions: { min: 6, max: 6 } });
    expect(cost('many', 50).actions).toEqual({ min: 0, max: 0 });
    expect(cost('huge', 50).actions).toEqual({ min: 0, max: Number.MAX_SAFE_INTEGER });
  });
});

describe('a document of the predecessors', () => {
  it('is converted: API Studio', () => {
    const definition = check.read({
      name: 'Old',
      enabled: false,
      trigger_event_types: ['NEW_PROJECT'],
      conditions: {
        type: 'ANY',
        rules: [
          { field: '$.projectId', operator: '==', value: 'p' },
          { field: "$['a b'][0].c", operator: 'exists', value: true },
        ],
      },
      actions: [
        {
          operation_id: 'createProject',
          path_params: { workspaceId: '$.webhook.workspaceId' },
          query_params: {},
          body: { name: '$.webhook.items[*].name' },
        },
        {
          operation_id: 'createProject',
          path_params: { workspaceId: '$.action_0_result.data.id' },
          body: { note: 'costs $.50', name: '$.action_0_result.name' },
        },
      ],
    });
    expect(definition).toMatchObject({
      enabled: false,
      trigger: { source: [], events: ['NEW_PROJECT'] },
      conditions: {
        any: [
          { field: 'payload.projectId', operator: '==', value: 'p' },
          { field: 'payload.`a b`[0].c', operator: 'exists' },
        ],
      },
      steps: [
        {
          id: 'action_0',
          action: 'clockify.createProject',
          params: { workspaceId: '{{ payload.workspaceId }}', body: { name: '{{ payload.items[0].name }}' } },
        },
        {
          id: 'action_1',
          params: {
            workspaceId: '{{ steps.action_0.result.id }}',
            body: { note: 'costs $.50', name: '{{ steps.action_0.result.name }}' },
          },
        },
      ],
    });
  });

  it('is converted: Universal Webhook', () => {
    const definition = check.read({
      name: 'Old',
      trigger_source: 'CLOCKIFY',
      trigger_event_types: ['X'],
      conditions: null,
      actions: [
        {
          type: 'CLOCKIFY_API',
          operation_id: 'createProject',
          params: { path: { workspaceId: 'w' }, query: {}, body: { a: '$.webhook' } },
        },
      ],
    });
    expect(definition.trigger).toEqual({ source: ['clockify'], events: ['X'], workspace: [] });
    expect(definition.steps).toEqual([
      {
        id: 'action_0',
        action: 'clockify.createProject',
        params: { workspaceId: 'w', body: { a: '{{ payload }}' } },
      },
    ]);
  });
});
