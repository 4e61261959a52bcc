import type { Mutant } from './mutant.ts';

const TOKENS = ['test/webhooks/addon-tokens.e2e-spec.ts'];
const REPLAYS = ['test/webhooks/replays.e2e-spec.ts'];

export const webhookMutants: readonly Mutant[] = [
  {
    fault: "takes a user's token for a webhook's",
    file: 'src/sources/clockify/addon-tokens.ts',
    find: "['exp', ...CALLERS_CLAIMS].some(",
    plant: "['exp'].some(",
    tests: TOKENS,
  },
  {
    fault: 'takes a token with an end',
    file: 'src/sources/clockify/addon-tokens.ts',
    find: "['exp', ...CALLERS_CLAIMS].some(",
    plant: 'CALLERS_CLAIMS.some(',
    tests: TOKENS,
  },
  {
    fault: 'takes a token in another spelling',
    file: 'src/sources/clockify/addon-tokens.ts',
    find: ' && isInOneSpelling(text)',
    plant: '',
    tests: TOKENS,
  },
  {
    fault: 'takes a token that names no workspace',
    file: 'src/sources/clockify/addon-tokens.ts',
    find: ' || !isText(workspaceId)',
    plant: '',
    tests: TOKENS,
  },
  {
    fault: 'lets in every workspace with the signature of an add-on',
    file: 'src/sources/clockify/clockify.source.ts',
    find: 'accepted.length === 0 ? !isOfAnyWorkspace',
    plant: 'accepted.length === 0 ? true',
    tests: TOKENS,
  },
  {
    fault: "takes GitHub's unsigned delivery id for the identity of a delivery",
    file: 'src/events/inbox/event-row.ts',
    find: "digest(['signed', source, key.digest])",
    plant: "digest(['signed', source, key.id ?? key.digest])",
    tests: REPLAYS,
  },
  {
    fault: 'believes an id in a header that nobody signed',
    file: 'src/sources/own.source.ts',
    find: 'idInHeader !== undefined && this.#isProved(idHeader)',
    plant: 'idInHeader !== undefined',
    tests: REPLAYS,
  },
  {
    fault: 'believes a type in a header that nobody signed',
    file: 'src/sources/own.source.ts',
    find: 'this.#isProved(typeHeader) ? type : typeInBody',
    plant: 'type',
    tests: REPLAYS,
  },
  {
    fault: 'takes a signed delivery of any age',
    file: 'src/sources/own.source.ts',
    find: ' || ageSeconds > this.definition.toleranceSeconds',
    plant: '',
    tests: REPLAYS,
  },
  {
    fault: 'forgets a timed delivery before its time is over',
    file: 'src/events/inbox/event-row.ts',
    find: 'Math.max(windowSeconds, key.atLeastSeconds ?? 0)',
    plant: 'windowSeconds',
    tests: REPLAYS,
  },
  {
    fault: 'is open to everybody without a secret',
    file: 'src/webhooks/webhook.guard.ts',
    find: 'if (!this.openAccess.admit(request))',
    plant: 'if (false)',
    tests: ['test/webhooks/without-a-credential.e2e-spec.ts'],
  },
  {
    fault: 'stores more in a day than it may',
    file: 'src/sources/reception/webhook-volumes.ts',
    find: 'if (told + untold < this.#limit) return;',
    plant: 'return;',
    tests: ['test/webhooks/stored-volume.e2e-spec.ts'],
  },
  {
    fault: 'counts what other replicas have stored only once',
    file: 'src/sources/reception/webhook-volumes.ts',
    find: 'volume.told = await this.repository.add({ source, day, bytes });',
    plant: 'await this.repository.add({ source, day, bytes });',
    tests: ['test/webhooks/stored-volume.e2e-spec.ts'],
  },
];
