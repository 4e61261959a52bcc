// Shows that scripts/lint-manifests.mjs notices: spoils a good installation in one place at a time.
//
//   node test/chart/planted-faults.mjs DEFAULT EVERYTHING    the files that the values of these names render to
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

const [defaultFile, everythingFile] = process.argv.slice(2);
const read = (file) =>
  parseAllDocuments(readFileSync(file, 'utf8'))
    .map((document) => document.toJS())
    .filter(Boolean);
const find = (objects, kind, suffix = '') =>
  objects.find((o) => o.kind === kind && o.metadata.name.endsWith(suffix));
const podOf = (objects) => find(objects, 'Deployment').spec.template.spec;
const mainOf = (objects) => podOf(objects).containers[0];
const drop = (objects, kind, suffix) => void objects.splice(objects.indexOf(find(objects, kind, suffix)), 1);

const FAULTS = [
  [defaultFile, 'may run as root', (all) => (mainOf(all).securityContext.runAsNonRoot = false)],
  [defaultFile, 'has no numeric user', (all) => delete podOf(all).securityContext.runAsUser],
  [defaultFile, 'has no seccomp profile', (all) => delete podOf(all).securityContext.seccompProfile],
  [defaultFile, 'keeps capabilities', (all) => (mainOf(all).securityContext.capabilities.drop = ['NET_RAW'])],
  [defaultFile, 'may gain privileges', (all) => delete mainOf(all).securityContext.allowPrivilegeEscalation],
  [
    defaultFile,
    'which restricted refuses',
    (all) => (podOf(all).volumes[1] = { name: 'tmp', hostPath: { path: '/' } }),
  ],
  [defaultFile, 'may be another one tomorrow', (all) => (mainOf(all).image = 'clankerbot:latest')],
  [defaultFile, 'requests no memory', (all) => delete mainOf(all).resources.requests.memory],
  [defaultFile, 'twice', (all) => mainOf(all).env.push(mainOf(all).env[0])],
  [defaultFile, 'where it does not listen', (all) => (mainOf(all).readinessProbe.httpGet.port = 'web')],
  [
    defaultFile,
    'is restarted for being unready',
    (all) => (mainOf(all).livenessProbe.httpGet.path = '/readyz'),
  ],
  [defaultFile, 'is killed before', (all) => (podOf(all).terminationGracePeriodSeconds = 5)],
  [defaultFile, 'is no volume of the pod', (all) => (mainOf(all).volumeMounts[0].name = 'other')],
  [defaultFile, 'gets a service account token', (all) => delete podOf(all).automountServiceAccountToken],
  [
    defaultFile,
    'gets a token that permits nothing',
    (all) => (podOf(all).automountServiceAccountToken = true),
  ],
  [defaultFile, 'is there twice', (all) => all.push(find(all, 'Service'))],
  [
    defaultFile,
    'has a name of more than 52 characters',
    (all) => (find(all, 'StatefulSet').metadata.name = `${'x'.repeat(42)}-postgresql`),
  ],
  [
    defaultFile,
    'does not select its own pods',
    (all) => (find(all, 'Deployment').spec.selector.matchLabels.a = 'b'),
  ],
  [
    defaultFile,
    'which changes',
    (all) => (find(all, 'Deployment').spec.selector.matchLabels['helm.sh/chart'] = 'x'),
  ],
  [defaultFile, 'selects no pod', (all) => (find(all, 'Service').spec.selector = { app: 'other' })],
  [
    defaultFile,
    'Deployment clankerbot does not listen',
    (all) => (find(all, 'Service', 'bot').spec.ports[0].targetPort = 'x'),
  ],
  [
    defaultFile,
    'PodDisruptionBudget clankerbot-pdb selects no pod',
    (all) => (find(all, 'PodDisruptionBudget').spec.selector.matchLabels.a = 'b'),
  ],
  [defaultFile, 'reads ConfigMap clankerbot-config', (all) => drop(all, 'ConfigMap', '-config')],
  [defaultFile, 'reads Secret clankerbot-generated', (all) => drop(all, 'Job')],
  [defaultFile, 'runs as clankerbot, which is not there', (all) => drop(all, 'ServiceAccount', 'bot')],
  [defaultFile, 'binds a Role that is not there', (all) => drop(all, 'Role')],
  [
    defaultFile,
    'has WEBHOOK_SHARED_SECRET',
    (all) => (find(all, 'ConfigMap', '-config').data.WEBHOOK_SHARED_SECRET = 'x'),
  ],
  [
    defaultFile,
    'has API_KEYS in its environment',
    (all) => mainOf(all).env.push({ name: 'API_KEYS', value: 'x' }),
  ],
  [
    everythingFile,
    'shows a value of a Secret',
    (all) => (find(all, 'ConfigMap').data.A = 'first-of-two,second-of-two'),
  ],
  [everythingFile, 'has replicas, and an autoscaler', (all) => (find(all, 'Deployment').spec.replicas = 2)],
  [
    everythingFile,
    'scales other',
    (all) => (find(all, 'HorizontalPodAutoscaler').spec.scaleTargetRef.name = 'other'),
  ],
  [
    everythingFile,
    'sends to other:http',
    (all) => (find(all, 'Ingress').spec.rules[0].http.paths[0].backend.service.name = 'other'),
  ],
  [everythingFile, 'sends to bot:1', (all) => (find(all, 'HTTPRoute').spec.rules[0].backendRefs[0].port = 1)],
  [
    everythingFile,
    'ServiceMonitor bot selects no Service',
    (all) => (find(all, 'ServiceMonitor').spec.selector.matchLabels.a = 'b'),
  ],
  [
    everythingFile,
    'asks for job=~".*clankerbot.*", which no job is called',
    (all) => delete find(all, 'ServiceMonitor').spec.endpoints[0].relabelings,
  ],
  [
    everythingFile,
    'No rule asks for the job clankerbot-bot-worker',
    (all) => {
      const { spec } = find(all, 'PrometheusRule');
      spec.groups = spec.groups.slice(-1);
    },
  ],
];

const work = mkdtempSync(join(tmpdir(), 'planted-'));
let unnoticed = 0;
try {
  for (const [file, finding, spoil] of FAULTS) {
    const objects = read(file);
    spoil(objects);
    const spoilt = join(work, 'spoilt.yaml');
    writeFileSync(
      spoilt,
      objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n'),
    );
    const args = ['scripts/lint-manifests.mjs', '--external', 'company-ca', spoilt];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0 && stderr.includes(finding)) continue;
    unnoticed += 1;
    console.error(`lint-manifests.mjs did not notice: ${finding}\n${stderr}`);
  }
} finally {
  rmSync(work, { recursive: true });
}
if (unnoticed > 0) process.exit(1);
console.log(`${FAULTS.length} planted faults noticed`);
