import { matches, nameOf } from './installation.mjs';

/** Whether the rules ask for what the ServiceMonitors bring: PromQL about a job that is not there is never an error. */
export function* lintMonitoring(installation) {
  const monitors = [...installation.ofKind('ServiceMonitor')];
  const rules = [...installation.ofKind('PrometheusRule')];
  if (monitors.length === 0 || rules.length === 0) return;
  const jobs = monitors.flatMap((monitor) => jobsOf(installation, monitor));
  const asked = rules.flatMap((rule) => [...matchersOf(rule)].map((matcher) => ({ rule, ...matcher })));
  for (const { rule, text, pattern } of asked) {
    if (!jobs.some((job) => pattern.test(job)))
      yield `${nameOf(rule)} asks for ${text}, which no job is called`;
  }
  for (const job of jobs) {
    if (!asked.some(({ pattern }) => pattern.test(job))) yield `No rule asks for the job ${job}`;
  }
}

/** The operator calls a job like its Service, and then as the relabelings of the ServiceMonitor say. */
function jobsOf(installation, { spec }) {
  const services = [...installation.ofKind('Service')].filter(({ metadata }) =>
    matches(spec.selector, metadata.labels ?? {}),
  );
  return spec.endpoints.flatMap(({ relabelings = [] }) =>
    services.map(({ metadata }) => relabelings.reduce(relabeled, metadata.name)),
  );
}

function relabeled(job, { sourceLabels = [], targetLabel, regex = '(.*)', replacement = '$1' }) {
  if (targetLabel !== 'job') return job;
  const source = sourceLabels.map((label) => (label === 'job' ? job : '')).join(';');
  return anchored(regex).test(source) ? source.replace(anchored(regex), replacement) : job;
}

function* matchersOf({ spec }) {
  for (const { expr } of spec.groups.flatMap(({ rules }) => rules)) {
    for (const [text, isRegex, value] of expr.matchAll(/\bjob=(~?)"([^"]*)"/g))
      yield { text, pattern: anchored(isRegex ? value : RegExp.escape(value)) };
  }
}

const anchored = (pattern) => new RegExp(`^(?:${pattern})$`);
