import { type ConfigOf, defineSection } from '../config/variable.js';
import { integer } from '../config/variables.js';

export const flowsConfig = defineSection('flows', {
  FLOW_CONCURRENCY: integer({
    about: 'Flow runs that one process works on at a time.',
    default: 100,
    min: 1,
    max: 1000,
  }),
  FLOW_CONCURRENCY_PER_FLOW: integer({
    about: 'Runs of one flow at a time over all replicas, unless the flow sets limits.concurrency.',
    default: 100,
    min: 1,
    max: 10_000,
  }),
  FLOW_CONCURRENCY_PER_WORKSPACE: integer({
    about: 'Flow runs for one workspace at a time over all replicas.',
    default: 100,
    min: 1,
    max: 10_000,
  }),
  FLOW_MAX_STEPS: integer({
    about: 'Steps that one flow run may take, each pass of a loop counted; a flow may set less.',
    default: 1000,
    min: 1,
    max: 100_000,
  }),
  FLOW_MAX_RUN_SECONDS: integer({
    about:
      'Time that one flow run may be worked on; waits, pauses between attempts, called flows and outages are not counted. A flow may set less.',
    default: 3600,
    min: 1,
    max: 604_800,
  }),
  FLOW_MAX_CALL_DEPTH: integer({
    about: 'How deep flows may call flows.',
    default: 5,
    min: 1,
    max: 50,
  }),
  FLOW_MAX_CHAIN: integer({
    about:
      'How many runs in a row may be started by the webhooks of their own effects before the loop is cut.',
    default: 5,
    min: 1,
    max: 100,
  }),
  FLOW_CHAIN_WINDOW_SECONDS: integer({
    about: 'How long after an effect a webhook about the same entity counts as caused by it.',
    default: 60,
    min: 1,
    max: 86_400,
  }),
  FLOW_EXPRESSION_TIMEOUT_MS: integer({
    about: 'How long one step may take to evaluate its expressions.',
    default: 1000,
    min: 10,
    max: 10_000,
  }),
  FLOW_EXPRESSION_PROCESSES: integer({
    about:
      'Processes for expressions that are not certainly quick; each is started when it is needed, and one flow never has all of them.',
    default: 2,
    min: 1,
    max: 16,
  }),
  FLOW_LEASE_SECONDS: integer({
    about:
      'How soon the runs of a killed process are taken over by another; longer, it bears longer stalls of a process that lives.',
    default: 12,
    min: 2,
    max: 600,
  }),
  FLOW_RUN_RETENTION_DAYS: integer({
    about: 'How long finished flow runs are kept; 0 keeps them for ever.',
    default: 30,
    min: 0,
    max: 3650,
  }),
});

export type FlowsConfig = ConfigOf<typeof flowsConfig>;
