import { containersOf, hooksOf, matches, nameOf, weightOf } from './installation.mjs';

/**
 * Characters of a name that goes into a label, which holds 63. A StatefulSet's goes in with eleven more, as the
 * controller-revision-hash of its pods.
 */
const LONGEST_NAME = { StatefulSet: 52, Service: 63, Job: 63 };

export function* lintReferences(installation) {
  yield* lintNames(installation);
  yield* lintSelectors(installation);
  yield* lintTargets(installation);
  yield* lintRoutes(installation);
  for (const [owner, { spec }] of installation.pods()) yield* lintSources(installation, owner, spec);
}

function* lintNames({ objects }) {
  const names = objects.map((object) => `${object.apiVersion} ${nameOf(object)}`);
  for (const name of new Set(names.filter((each, i) => names.indexOf(each) !== i)))
    yield `${name} is there twice`;
  for (const object of objects)
    if (object.metadata?.name?.length > LONGEST_NAME[object.kind])
      yield `${nameOf(object)} has a name of more than ${LONGEST_NAME[object.kind]} characters`;
}

function* lintSelectors(installation) {
  for (const object of installation.ofKind('Deployment', 'StatefulSet')) {
    const { selector, template } = object.spec;
    if (!matches(selector, template.metadata.labels)) yield `${nameOf(object)} does not select its own pods`;
    const changing = Object.keys(selector.matchLabels ?? {}).filter((name) => /chart|version/.test(name));
    if (changing.length > 0) yield `${nameOf(object)} selects by ${changing.join(', ')}, which changes`;
    const others = installation.selected(selector).filter(([owner]) => owner !== object);
    for (const [owner] of others) yield `${nameOf(object)} selects the pods of ${nameOf(owner)}, too`;
  }
  for (const object of installation.ofKind('Service')) {
    const pods = installation.selected({ matchLabels: object.spec.selector });
    if (pods.length === 0) yield `${nameOf(object)} selects no pod`;
    for (const { targetPort, port } of object.spec.ports) {
      const wanted = targetPort ?? port;
      const closed = pods.filter(([, template]) => !listensOn(template.spec, wanted));
      for (const [owner] of closed)
        yield `${nameOf(object)} sends to ${wanted}, where ${nameOf(owner)} does not listen`;
    }
  }
  for (const object of installation.ofKind('PodDisruptionBudget', 'NetworkPolicy')) {
    const selector = object.spec.selector ?? object.spec.podSelector;
    if (installation.selected(selector).length === 0) yield `${nameOf(object)} selects no pod`;
  }
  for (const object of installation.ofKind('ServiceMonitor')) {
    const services = [...installation.ofKind('Service')].filter((service) =>
      matches(object.spec.selector, service.metadata.labels ?? {}),
    );
    if (services.length === 0) yield `${nameOf(object)} selects no Service`;
    for (const { port } of object.spec.endpoints) {
      const without = services.filter((service) => !service.spec.ports.some(({ name }) => name === port));
      for (const service of without)
        yield `${nameOf(object)} reads the port ${port}, which ${nameOf(service)} has not`;
    }
  }
}

function listensOn(spec, port) {
  return containersOf(spec).some((container) =>
    (container.ports ?? []).some(({ name, containerPort }) => name === port || containerPort === port),
  );
}

function* lintTargets(installation) {
  for (const object of installation.ofKind('HorizontalPodAutoscaler')) {
    const { scaleTargetRef, metrics = [], minReplicas, maxReplicas } = object.spec;
    const target = installation.find(scaleTargetRef.kind, scaleTargetRef.name);
    if (!target) yield `${nameOf(object)} scales ${scaleTargetRef.name}, which is not there`;
    if (target?.spec.replicas !== undefined)
      yield `${nameOf(target)} has replicas, and an autoscaler that sets them`;
    if (metrics.length === 0) yield `${nameOf(object)} goes by no metric`;
    if (minReplicas > maxReplicas) yield `${nameOf(object)} has a minReplicas above its maxReplicas`;
  }
  for (const object of installation.ofKind('RoleBinding')) {
    if (!installation.find(object.roleRef.kind, object.roleRef.name))
      yield `${nameOf(object)} binds a Role that is not there`;
    for (const { kind, name } of object.subjects) {
      if (!installation.find(kind, name)) yield `${nameOf(object)} binds ${kind} ${name}, which is not there`;
    }
  }
  for (const [owner, { spec }] of installation.pods()) {
    const account = spec.serviceAccountName ?? 'default';
    const isThere = account === 'default' || installation.find('ServiceAccount', account);
    if (!isThere && !installation.external.has(account))
      yield `${nameOf(owner)} runs as ${account}, which is not there`;
    const isBound = [...installation.ofKind('RoleBinding')].some(({ subjects }) =>
      subjects.some(({ name }) => name === account),
    );
    if (spec.automountServiceAccountToken && !isBound)
      yield `${nameOf(owner)} gets a token that permits nothing`;
  }
}

function* lintRoutes(installation) {
  const backends = (object) =>
    object.kind === 'Ingress'
      ? (object.spec.rules ?? []).flatMap(({ http }) =>
          http.paths.map(({ backend }) => [
            backend.service.name,
            backend.service.port.name ?? backend.service.port.number,
          ]),
        )
      : object.spec.rules.flatMap(({ backendRefs }) => backendRefs.map(({ name, port }) => [name, port]));
  for (const object of installation.ofKind('Ingress', 'HTTPRoute')) {
    for (const [name, port] of backends(object)) {
      const service = installation.find('Service', name);
      const isOpen = service?.spec.ports.some((each) => each.name === port || each.port === port);
      if (!isOpen) yield `${nameOf(object)} sends to ${name}:${port}, which is not there`;
    }
  }
}

/** [kind, name, keys] of what a pod reads that must be there. */
function* sourcesOf(spec) {
  for (const { envFrom = [], env = [] } of containersOf(spec)) {
    for (const { configMapRef, secretRef } of envFrom) {
      if (configMapRef && !configMapRef.optional) yield ['ConfigMap', configMapRef.name, []];
      if (secretRef && !secretRef.optional) yield ['Secret', secretRef.name, []];
    }
    for (const { valueFrom = {} } of env) {
      const { secretKeyRef, configMapKeyRef } = valueFrom;
      if (secretKeyRef && !secretKeyRef.optional) yield ['Secret', secretKeyRef.name, [secretKeyRef.key]];
      if (configMapKeyRef && !configMapKeyRef.optional)
        yield ['ConfigMap', configMapKeyRef.name, [configMapKeyRef.key]];
    }
  }
  for (const volume of spec.volumes ?? []) {
    const { configMap, secret, persistentVolumeClaim, projected } = volume;
    if (configMap && !configMap.optional) yield ['ConfigMap', configMap.name, keysOf(configMap)];
    if (secret && !secret.optional) yield ['Secret', secret.secretName, keysOf(secret)];
    if (persistentVolumeClaim) yield ['PersistentVolumeClaim', persistentVolumeClaim.claimName, []];
    for (const source of projected?.sources ?? []) {
      if (source.secret && !source.secret.optional)
        yield ['Secret', source.secret.name, keysOf(source.secret)];
      if (source.configMap && !source.configMap.optional)
        yield ['ConfigMap', source.configMap.name, keysOf(source.configMap)];
    }
  }
}

const keysOf = ({ items = [] }) => items.map(({ key }) => key);

function* lintSources(installation, owner, spec) {
  const hooks = hooksOf(owner).filter((hook) => hook.startsWith('pre-'));
  for (const [kind, name, keys] of sourcesOf(spec)) {
    if (installation.external.has(name)) continue;
    const source = installation.find(kind, name);
    if (!source) {
      yield `${nameOf(owner)} reads ${kind} ${name}, which is not there`;
      continue;
    }
    const has = { ...source.data, ...source.stringData, ...source.binaryData };
    for (const key of keys)
      if (!Object.hasOwn(has, key))
        yield `${nameOf(owner)} reads ${key} of ${nameOf(source)}, which has it not`;
    // A hook runs before the release's own objects are there.
    const isEarlier =
      hooks.every((hook) => hooksOf(source).includes(hook)) && weightOf(source) < weightOf(owner);
    if (hooks.length > 0 && !isEarlier)
      yield `${nameOf(owner)} is a ${hooks.join(', ')} hook, before ${nameOf(source)} is made`;
  }
}
