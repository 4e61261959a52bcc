import { containersOf, nameOf } from './installation.mjs';

/** Volume types of the restricted pod security standard. */
const VOLUME_TYPES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'];

export function* lintPods(installation) {
  for (const [owner, { spec }] of installation.pods()) {
    const at = nameOf(owner);
    yield* lintPod(at, spec);
    for (const container of containersOf(spec)) {
      const here = `${at}, container ${container.name}`;
      yield* lintContainer(here, container);
      yield* lintSecurity(here, { ...spec.securityContext, ...container.securityContext });
      yield* lintMounts(here, container, volumesOf(owner, spec));
      yield* lintPorts(here, container);
    }
    if (['Deployment', 'StatefulSet'].includes(owner.kind)) yield* lintServing(at, spec);
  }
}

function* lintPod(at, spec) {
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[name]) yield `${at} has ${name}`;
  if (spec.automountServiceAccountToken === undefined) {
    yield `${at} does not say whether it gets a service account token`;
  }
  const mounted = containersOf(spec).flatMap((container) => container.volumeMounts ?? []);
  for (const { name, ...source } of spec.volumes ?? []) {
    const type = Object.keys(source)[0];
    if (!VOLUME_TYPES.includes(type))
      yield `${at} has the volume ${name} of type ${type}, which restricted refuses`;
    if (!mounted.some((mount) => mount.name === name)) yield `${at} mounts the volume ${name} nowhere`;
  }
}

function* lintContainer(at, { image = '', resources = {}, env = [] }) {
  const tag = /@sha256:[0-9a-f]{64}$/.test(image) ? 'digest' : /:([^/:]+)$/.exec(image)?.[1];
  if (!tag || tag === 'latest') yield `${at} has the image ${image}, which may be another one tomorrow`;
  for (const amount of ['cpu', 'memory']) {
    if (!resources.requests?.[amount]) yield `${at} requests no ${amount}`;
  }
  if (!resources.limits?.memory) yield `${at} has no limit of memory`;
  const names = env.map(({ name }) => name);
  for (const name of new Set(names.filter((each, i) => names.indexOf(each) !== i)))
    yield `${at} sets ${name} twice`;
}

function* lintSecurity(at, context) {
  if (context.runAsNonRoot !== true) yield `${at} may run as root`;
  if (!(context.runAsUser > 0)) yield `${at} has no numeric user`;
  if (context.privileged) yield `${at} is privileged`;
  if (context.allowPrivilegeEscalation !== false) yield `${at} may gain privileges`;
  if (context.readOnlyRootFilesystem !== true) yield `${at} can write to its root file system`;
  if (!context.capabilities?.drop?.includes('ALL')) yield `${at} keeps capabilities`;
  if (context.capabilities?.add?.length > 0) yield `${at} adds capabilities`;
  if (!['RuntimeDefault', 'Localhost'].includes(context.seccompProfile?.type))
    yield `${at} has no seccomp profile`;
}

/** A StatefulSet's claims are volumes of its pods. */
function volumesOf(owner, spec) {
  const claims = owner.spec.volumeClaimTemplates ?? [];
  return [...(spec.volumes ?? []).map(({ name }) => name), ...claims.map(({ metadata }) => metadata.name)];
}

function* lintMounts(at, { volumeMounts = [] }, volumes) {
  const paths = volumeMounts.map(({ mountPath }) => mountPath);
  if (new Set(paths).size < paths.length) yield `${at} mounts two volumes at one path`;
  for (const { name } of volumeMounts) {
    if (!volumes.includes(name)) yield `${at} mounts ${name}, which is no volume of the pod`;
  }
}

function* lintPorts(at, container) {
  const known = (container.ports ?? []).flatMap(({ name, containerPort }) => [name, containerPort]);
  for (const { containerPort } of container.ports ?? []) {
    if (containerPort < 1024) yield `${at} listens on ${containerPort}, which a user may not`;
  }
  for (const name of PROBES) {
    const port = container[name]?.httpGet?.port ?? container[name]?.tcpSocket?.port;
    if (port !== undefined && !known.includes(port))
      yield `${at} is probed on ${port}, where it does not listen`;
  }
}

function* lintServing(at, { containers, terminationGracePeriodSeconds }) {
  const [main] = containers;
  for (const name of PROBES) if (!main[name]) yield `${at} has no ${name}`;
  const liveness = main.livenessProbe?.httpGet?.path;
  if (liveness && liveness === main.readinessProbe?.httpGet?.path) {
    yield `${at} is restarted for being unready: liveness and readiness ask ${liveness}`;
  }
  const sleep = Number(main.lifecycle?.preStop?.exec?.command?.at(-1) ?? 0);
  if (sleep && !(terminationGracePeriodSeconds > sleep)) yield `${at} is killed before it is told to stop`;
}
