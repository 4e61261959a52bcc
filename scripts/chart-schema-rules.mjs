// What values.yaml alone does not say about its values: which texts are allowed, what lists hold, what excludes what.

/** The chart sets these itself, from other values. */
const OWN_VARIABLES = ['PORT', 'DATA_DIR', 'DATABASE_URL', 'REDIS_URL', 'MIGRATE_ON_START', 'PROCESS_ROLE'];

const texts = { type: 'object', additionalProperties: { type: 'string' } };
const objects = { type: 'array', items: { type: 'object' } };
const port = { type: 'integer', minimum: 1, maximum: 65535 };
const count = { type: 'integer', minimum: 0 };
const some = { type: 'integer', minimum: 1 };
const closed = (properties, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const oneOf = (...choices) => ({ type: 'string', enum: choices });
const matching = (pattern) => ({ type: 'string', pattern });
const anyObject = { type: 'object' };
const listOf = (items) => ({ type: 'array', items });
const quantity = { type: ['string', 'integer'] };
const amounts = { type: 'object', additionalProperties: quantity };
const resources = closed({ requests: amounts, limits: amounts, claims: objects }, []);
const digest = matching('^(sha256:[0-9a-f]{64})?$');
const pullPolicy = oneOf('Always', 'IfNotPresent', 'Never');
const accessModes = {
  ...listOf(oneOf('ReadWriteOnce', 'ReadWriteMany', 'ReadWriteOncePod')),
  minItems: 1,
};
const tolerations = objects;

const RULES = {
  nameOverride: matching('^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$'),
  fullnameOverride: matching('^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$'),
  commonLabels: texts,
  replicaCount: count,
  revisionHistoryLimit: count,
  'image.digest': digest,
  'image.pullPolicy': pullPolicy,
  imagePullSecrets: listOf(closed({ name: { type: 'string' } })),
  'persistence.accessModes': accessModes,
  'persistence.annotations': texts,
  'postgresql.image.digest': digest,
  'postgresql.image.pullPolicy': pullPolicy,
  'postgresql.persistence.accessModes': accessModes,
  'postgresql.resources': resources,
  'postgresql.settings': { type: 'object', additionalProperties: { type: ['string', 'integer', 'boolean'] } },
  'postgresql.podSecurityContext': anyObject,
  'postgresql.podAnnotations': texts,
  'postgresql.nodeSelector': texts,
  'postgresql.tolerations': tolerations,
  'postgresql.affinity': anyObject,
  'postgresql.terminationGracePeriodSeconds': some,
  'postgresql.networkPolicy.extraFrom': objects,
  'migration.activeDeadlineSeconds': some,
  'migration.backoffLimit': count,
  'migration.resources': resources,
  'jobs.podAnnotations': texts,
  'jobs.ttlSecondsAfterFinished': { type: ['integer', 'null'], minimum: 0 },
  'worker.replicaCount': count,
  'worker.resources': resources,
  resources,
  'autoscaling.behavior': anyObject,
  'podDisruptionBudget.minAvailable': { type: ['integer', 'string'], pattern: '^[0-9]+%$' },
  'podDisruptionBudget.unhealthyPodEvictionPolicy': oneOf('AlwaysAllow', 'IfHealthyBudget', ''),
  'service.type': oneOf('ClusterIP', 'NodePort', 'LoadBalancer'),
  'service.port': port,
  'service.nodePort': { ...port, type: ['integer', 'null'] },
  'service.annotations': texts,
  'ingress.annotations': texts,
  'ingress.hosts': listOf(
    closed(
      {
        host: { type: 'string', minLength: 1 },
        paths: listOf(
          closed({ path: matching('^/'), pathType: oneOf('Prefix', 'Exact', 'ImplementationSpecific') }, [
            'path',
          ]),
        ),
      },
      ['host'],
    ),
  ),
  'ingress.tls': listOf(
    closed({ secretName: { type: 'string' }, hosts: listOf({ type: 'string' }) }, ['hosts']),
  ),
  'httpRoute.annotations': texts,
  'httpRoute.parentRefs': objects,
  'httpRoute.hostnames': listOf({ type: 'string' }),
  'httpRoute.matches': objects,
  'httpRoute.filters': objects,
  'networkPolicy.ingressFrom': objects,
  'networkPolicy.metricsFrom': objects,
  'networkPolicy.databasePort': port,
  'networkPolicy.redisPort': port,
  'networkPolicy.egressPorts': listOf(port),
  'networkPolicy.extraEgress': objects,
  'serviceAccount.annotations': texts,
  podSecurityContext: anyObject,
  containerSecurityContext: anyObject,
  startupProbe: anyObject,
  livenessProbe: anyObject,
  readinessProbe: anyObject,
  preStopSeconds: count,
  terminationGracePeriodSeconds: { type: ['integer', 'null'], minimum: 1 },
  deploymentAnnotations: texts,
  podAnnotations: texts,
  podLabels: texts,
  nodeSelector: texts,
  tolerations,
  affinity: anyObject,
  topologySpreadConstraints: objects,
  dnsConfig: anyObject,
  hostAliases: objects,
  extraEnv: listOf({ type: 'object', required: ['name'] }),
  extraEnvFrom: objects,
  extraVolumes: listOf({ type: 'object', required: ['name'] }),
  extraVolumeMounts: listOf({ type: 'object', required: ['name', 'mountPath'] }),
  extraInitContainers: objects,
  extraContainers: objects,
  extraObjects: { type: 'array', items: { type: ['object', 'string'] } },
  'metrics.serviceMonitor.labels': texts,
  'metrics.serviceMonitor.interval': matching('^[0-9]+(ms|s|m|h)$'),
  'metrics.serviceMonitor.scrapeTimeout': matching('^[0-9]+(ms|s|m|h)$'),
  'metrics.serviceMonitor.relabelings': objects,
  'metrics.serviceMonitor.metricRelabelings': objects,
  'metrics.prometheusRule.labels': texts,
  'metrics.prometheusRule.additionalGroups': objects,
  'metrics.dashboards.labels': texts,
  'metrics.dashboards.annotations': texts,
};

const AUTOSCALING = {
  minReplicas: some,
  maxReplicas: some,
  targetCPUUtilizationPercentage: count,
  targetMemoryUtilizationPercentage: count,
};

/** The embedded Postgres is one process's: no second pod may be asked for. */
const EMBEDDED_IS_ALONE = {
  if: {
    properties: { database: { properties: { embedded: { const: true } }, required: ['embedded'] } },
    required: ['database'],
  },
  // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's word
  then: {
    properties: {
      replicaCount: { maximum: 1 },
      autoscaling: { properties: { enabled: { const: false } } },
      worker: { properties: { enabled: { const: false } } },
    },
  },
};

const camelCase = (name) => name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const kebabCase = (name) => name.toLowerCase().replaceAll('_', '-');

/** Completes the schema that was read from values.yaml. */
export function refine(schema, variables) {
  const rules = { ...RULES };
  for (const at of ['autoscaling', 'worker.autoscaling']) {
    for (const [name, rule] of Object.entries(AUTOSCALING)) rules[`${at}.${name}`] = rule;
  }
  for (const [path, rule] of Object.entries(rules)) Object.assign(find(schema, path), rule);
  const { properties } = schema;
  properties.config.properties = Object.fromEntries(
    variables
      .filter(([name, variable]) => !variable.isSecret && !OWN_VARIABLES.includes(name))
      .map(([name, variable]) => [
        camelCase(name),
        { description: variable.about, ...typeOfKind(variable.kind) },
      ]),
  );
  const secretNames = variables.filter(([, variable]) => variable.isSecret).map(([name]) => name);
  checkSecrets(properties.secrets.properties, secretNames);
  properties.existingSecretKeys.items = { enum: secretNames.map(kebabCase) };
  // A parent chart passes this to every chart inside it.
  properties.global = { type: 'object' };
  return { ...schema, ...EMBEDDED_IS_ALONE };
}

function find(schema, path) {
  const found = path.split('.').reduce((at, name) => at?.properties?.[name], schema);
  if (!found)
    throw new Error(`scripts/chart-schema-rules.mjs has a rule for ${path}, which values.yaml does not have`);
  return found;
}

/** A new secret of the service must not be forgotten here. */
function checkSecrets(properties, secretNames) {
  const wanted = secretNames.filter((name) => !OWN_VARIABLES.includes(name)).map(camelCase);
  const missing = wanted.filter((name) => !Object.hasOwn(properties, name));
  const unknown = Object.keys(properties).filter((name) => !wanted.includes(name));
  if (missing.length + unknown.length === 0) return;
  throw new Error(
    `secrets in values.yaml: missing ${missing.join(', ') || 'none'}, unknown ${unknown.join(', ') || 'none'}`,
  );
}

function typeOfKind(kind) {
  if (kind === 'whole number') return { type: ['integer', 'null'] };
  if (kind === 'true or false') return { type: ['boolean', 'null'] };
  if (kind.startsWith('false,')) return { type: ['boolean', 'integer', 'string', 'null'] };
  if (kind.includes(' | ')) return { enum: [...kind.split(' | '), null] };
  if (kind === 'URL') return matching('^($|https?://)');
  if (kind.startsWith('comma-separated')) {
    return { type: ['string', 'array', 'null'], items: { type: 'string' } };
  }
  return { type: ['string', 'null'] };
}
