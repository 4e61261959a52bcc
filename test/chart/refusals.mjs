// What helm must refuse, and the words it must say, so that a reader knows which value is meant.
import { spawnSync } from 'node:child_process';

const REFUSALS = [
  ['replicaCont=3', "additional properties 'replicaCont' not allowed"],
  ['secrets.clockifyKey=x', "at '/secrets': additional properties 'clockifyKey' not allowed"],
  ['config.rateLimit=3', "at '/config': additional properties 'rateLimit' not allowed"],
  ['config.databaseUrl=postgres://x', "at '/config': additional properties 'databaseUrl' not allowed"],
  [
    'postgresql.persistence.sise=1Gi',
    "at '/postgresql/persistence': additional properties 'sise' not allowed",
  ],
  ['replicaCount=three', "at '/replicaCount': got string, want integer"],
  ['config.logJson=maybe', "at '/config/logJson': got string, want null or boolean"],
  ['config.logLevel=loud', "at '/config/logLevel': value must be one of 'fatal'"],
  ['image.tag=1', "at '/image/tag': got number, want string"],
  ['image.digest=sha256:abc', "at '/image/digest': 'sha256:abc' does not match pattern"],
  ['existingSecretKeys[0]=clockify', "at '/existingSecretKeys/0': value must be one of"],
  ['service.type=External', "at '/service/type': value must be one of 'ClusterIP'"],
  ['service.port=0', "at '/service/port': minimum: got 0, want 1"],
  ['ingress.hosts[0].hostname=a', "at '/ingress/hosts/0'"],
  ['database.embedded=true,replicaCount=3', "at '/replicaCount': maximum: got 3, want 1"],
  ['database.embedded=true', "at '/replicaCount': maximum: got 2, want 1"],
  [
    'database.embedded=true,replicaCount=1,autoscaling.enabled=true',
    "at '/autoscaling/enabled': value must be false",
  ],
  ['database.embedded=true,replicaCount=1,worker.enabled=true', "at '/worker/enabled': value must be false"],
  // Two values at once are beyond what a schema says in words.
  [
    'database.embedded=true,replicaCount=1,database.url=postgres://x',
    'database.embedded and database.url or database.existingSecret exclude each other: keep one',
  ],
  [
    'database.url=postgres://x,database.existingSecret=y',
    'database.url and database.existingSecret are both set',
  ],
  ['database.url=mysql://u:hunter2@db', 'database.url must begin with postgres:// or postgresql://'],
  ['redis.url=http://:hunter2@redis', 'redis.url must begin with redis:// or rediss://'],
  ['redis.url=redis://x,redis.existingSecret=y', 'redis.url and redis.existingSecret are both set'],
  ['existingSecret=x,secrets.apiKeys=y', 'existingSecret and secrets.apiKeys are both set'],
  ['ingress.enabled=true', 'ingress.enabled needs ingress.hosts'],
  ['httpRoute.enabled=true', 'httpRoute.enabled needs httpRoute.parentRefs'],
  ['terminationGracePeriodSeconds=20', 'terminationGracePeriodSeconds (20) must be more than'],
  [
    'autoscaling.enabled=true,autoscaling.minReplicas=5,autoscaling.maxReplicas=2',
    'autoscaling.minReplicas (5) must not be more than autoscaling.maxReplicas (2)',
  ],
  [
    'worker.enabled=true,worker.autoscaling.enabled=true,worker.autoscaling.minReplicas=11',
    'worker.autoscaling.minReplicas (11) must not be more than worker.autoscaling.maxReplicas (10)',
  ],
  [
    'autoscaling.enabled=true,autoscaling.targetCPUUtilizationPercentage=0,autoscaling.targetMemoryUtilizationPercentage=0',
    'autoscaling.enabled needs autoscaling.targetCPUUtilizationPercentage or autoscaling.targetMemoryUtilizationPercentage',
  ],
  [
    'worker.enabled=true,worker.autoscaling.enabled=true,worker.autoscaling.targetCPUUtilizationPercentage=0',
    'worker.autoscaling.enabled needs worker.autoscaling.targetCPUUtilizationPercentage or',
  ],
  [
    'podDisruptionBudget.minAvailable=2',
    'podDisruptionBudget.minAvailable (2) must leave one of the 2 pods of replicaCount free to move',
  ],
  [
    'podDisruptionBudget.minAvailable=150%',
    'podDisruptionBudget.minAvailable (150%) must leave one of the 2 pods of replicaCount',
  ],
  // Kubernetes rounds up.
  [
    'podDisruptionBudget.minAvailable=70%,replicaCount=3',
    'podDisruptionBudget.minAvailable (70%) must leave one of the 3 pods of replicaCount',
  ],
  [
    'podDisruptionBudget.minAvailable=3,autoscaling.enabled=true,autoscaling.minReplicas=3',
    'podDisruptionBudget.minAvailable (3) must leave one of the 3 pods of autoscaling.minReplicas',
  ],
  [
    'podDisruptionBudget.minAvailable=2,replicaCount=3,worker.enabled=true',
    'podDisruptionBudget.minAvailable (2) must leave one of the 2 pods of worker.replicaCount',
  ],
];

/** What looks like one of the above, and is good. */
const ACCEPTED = [
  'autoscaling.minReplicas=5,autoscaling.maxReplicas=2',
  'worker.autoscaling.targetCPUUtilizationPercentage=0',
  'autoscaling.enabled=true,autoscaling.minReplicas=2,autoscaling.maxReplicas=2',
  'podDisruptionBudget.minAvailable=2,replicaCount=3',
  'podDisruptionBudget.minAvailable=66%,replicaCount=3',
  'podDisruptionBudget.minAvailable=2,replicaCount=1',
  'podDisruptionBudget.minAvailable=2,podDisruptionBudget.enabled=false',
];

function template(...args) {
  const { status, stderr } = spawnSync('helm', ['template', 'clankerbot', 'helm/clankerbot', ...args], {
    encoding: 'utf8',
  });
  return { status, stderr };
}

const wrong = REFUSALS.filter(([set, message]) => {
  const { status, stderr } = template('--set', set);
  // A password stands in nobody's log.
  if (status !== 0 && stderr.includes(message) && !stderr.includes('hunter2')) return false;
  console.error(`--set ${set} should be refused with “${message}”, and gave ${status}: ${stderr.trim()}`);
  return true;
});
for (const set of ACCEPTED) {
  const { status, stderr } = template('--set', set);
  if (status !== 0) console.error(`--set ${set} should be accepted, and gave: ${stderr.trim()}`);
  if (status !== 0) wrong.push(set);
}
if (template('--kube-version', '1.23.9').status === 0) wrong.push('Kubernetes 1.23');
if (wrong.length > 0) process.exit(1);
console.log(`${REFUSALS.length + 1} mistakes refused, ${ACCEPTED.length} good values accepted`);
