// Makes the Secret with what must be random, once: the first to come creates it, and nobody ever changes it.
// Runs as a Job of the chart whose service account may create Secrets and nothing else.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { SECRET_NAME, DATABASE_HOST, SECRET_LABELS = '{}' } = process.env;
const account = process.env.SERVICE_ACCOUNT_DIR ?? '/var/run/secrets/kubernetes.io/serviceaccount';
const api = process.env.KUBERNETES_API_URL ?? 'https://kubernetes.default.svc';
const ofAccount = (file) => readFileSync(`${account}/${file}`, 'utf8').trim();

function makeSecret() {
  const password = randomBytes(24).toString('hex');
  const key = `cbk_${randomBytes(32).toString('base64url')}`;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name: SECRET_NAME, labels: JSON.parse(SECRET_LABELS) },
    stringData: {
      'postgres-password': password,
      'database-url': `postgres://clankerbot:${password}@${DATABASE_HOST}:5432/clankerbot`,
      'api-key': key,
      'api-keys': `admin:admin:${key}`,
      'encryption-key': randomBytes(32).toString('hex'),
      'webhook-shared-secret': randomBytes(32).toString('hex'),
    },
  };
}

async function create() {
  const namespace = ofAccount('namespace');
  const response = await fetch(`${api}/api/v1/namespaces/${namespace}/secrets`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${ofAccount('token')}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(makeSecret()),
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status === 201) return `The Secret ${SECRET_NAME} was made`;
  if (response.status === 409) return `The Secret ${SECRET_NAME} is there already and stays as it is`;
  const { message } = await response.json().catch(() => ({}));
  throw new Error(`The Kubernetes API answered ${response.status}: ${message ?? 'no reason given'}`);
}

try {
  console.log(await create());
} catch (error) {
  const reason = error.cause ? `${error.message} (${error.cause.message})` : error.message;
  console.error(`The Secret ${SECRET_NAME} could not be made. ${reason}`);
  process.exitCode = 1;
}
