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
  [
    'database.url=mysql://db',
    "at '/database/url': 'mysql://db' does not match pattern '^($|(postgres|postgresql)://)'",
  ],
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
  ['redis.url=redis://x,redis.existingSecret=y', 'redis.url and redis.existingSecret are both set'],
  ['existingSecret=x,secrets.apiKeys=y', 'existingSecret and secrets.apiKeys are both set'],
  ['ingress.enabled=true', 'ingress.enabled needs ingress.hosts'],
  ['httpRoute.enabled=true', 'httpRoute.enabled needs httpRoute.parentRefs'],
  ['terminationGracePeriodSeconds=20', 'terminationGracePeriodSeconds (20) must be more than'],
];

function template(...args) {
  const { status, stderr } = spawnSync('helm', ['template', 'clankerbot', 'helm/clankerbot', ...args], {
    encoding: 'utf8',
  });
  return { status, stderr };
}

const wrong = REFUSALS.filter(([set, message]) => {
  const { status, stderr } = template('--set', set);
  if (status !== 0 && stderr.includes(message)) return false;
  console.error(`--set ${set} should be refused with “${message}”, and gave ${status}: ${stderr.trim()}`);
  return true;
});
if (template('--kube-version', '1.23.9').status === 0) wrong.push('Kubernetes 1.23');
if (wrong.length > 0) process.exit(1);
console.log(`${REFUSALS.length + 1} mistakes refused`);
