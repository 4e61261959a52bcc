/**
 * Who may import whom: a room imports rooms on lower floors only. Architecture.md draws the same house.
 * `npm run check:imports` holds src/ against it; import-rules.spec.ts proves that violations are caught.
 */
const FLOORS = [
  ['errors', 'clock'],
  ['config', 'paging'],
  ['observability', 'storage'],
  ['http', 'queue', 'access', 'throttling'],
  ['integrations', 'idempotency'],
  ['secrets', 'catalogue'],
  ['parsing'],
  ['actions'],
  ['events'],
  ['flows', 'sources'],
  ['webhooks', 'schedules', 'ledger', 'addons', 'agent', 'freshness'],
  ['health', 'docs'],
];

/** Folders within a room, lowest first. What lies in the room itself may see all of them, and they it. */
const FLOORS_WITHIN = {
  agent: ['gate', 'worktree', 'reading', 'tasks', 'asking'],
  flows: ['expressions', 'document', 'runs', 'execution', 'start', 'backtest'],
  parsing: ['said', 'grammar', 'rule', 'model'],
  schedules: ['timing', 'firing'],
  'integrations/github': ['operations', 'http', 'credentials'],
  catalogue: ['entities', 'names', 'bootstrap'],
  'integrations/clockify': ['operations', 'account', 'http', 'recovery'],
};

const folder = (rooms) => `^src/(${rooms.join('|')})/`;

const floorRules = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => ({
    name: `${room}-looks-down-only`,
    severity: 'error',
    comment: `${room} stands on floor ${floor + 1} and imports lower floors only`,
    from: { path: `^src/${room}/` },
    to: {
      path: folder(
        FLOORS.slice(floor)
          .flat()
          .filter((other) => other !== room),
      ),
    },
  })),
);

const floorRulesWithin = Object.entries(FLOORS_WITHIN).flatMap(([room, folders]) =>
  folders.slice(0, -1).map((name, floor) => ({
    name: `${room}/${name}-looks-down-only`,
    severity: 'error',
    comment: `${name} is used by ${folders.slice(floor + 1).join(', ')}, and so may not use them`,
    from: { path: `^src/${room}/${name}/` },
    to: { path: `^src/${room}/(${folders.slice(floor + 1).join('|')})/` },
  })),
);

module.exports = {
  forbidden: [
    ...floorRules,
    ...floorRulesWithin,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'rooms-do-not-know-the-house',
      severity: 'error',
      comment: 'Only main.ts, its neighbours at the top and the commands see all rooms',
      from: { path: '^src/[^/]+/', pathNot: '^src/commands/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'commands-are-started-only',
      severity: 'error',
      comment: 'A command is an entry point: what others need of it belongs into a room',
      from: { path: '^src/', pathNot: '^src/commands/' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'tracing-is-loaded-on-demand',
      severity: 'error',
      comment: 'OpenTelemetry is imported by two files, and those only by import()',
      from: { path: '^src/', pathNot: '^src/observability/(otlp-tracing|trace-origins)\\.ts$' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'tracing-is-imported-dynamically',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/observability/otlp-tracing\\.ts$' },
      to: { path: '^src/observability/(otlp-tracing|trace-origins)\\.ts$', dynamic: false },
    },
    {
      name: 'every-room-has-a-floor',
      severity: 'error',
      comment: 'A folder that is in no list of FLOORS has no rule',
      from: { path: '^src/', pathNot: folder([...FLOORS.flat(), 'commands']) + '|^src/[^/]+\\.ts$' },
      to: {},
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/|\\.spec\\.ts$|node_modules/(jest|supertest|fast-check|@nestjs/testing)/' },
    },
    {
      name: 'nothing-undeclared',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
