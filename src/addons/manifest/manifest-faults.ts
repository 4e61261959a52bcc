import {
  ACCESS_LEVELS,
  LIFECYCLE_TYPES,
  MANIFEST_RULES,
  MANIFEST_SCOPES,
  MANIFEST_VERSIONS,
  type ManifestRules,
  PLANS,
  SETTING_TYPES,
} from './manifest-facts.js';

type Fields = Readonly<Record<string, unknown>>;

/** What Clockify would refuse a manifest for under the version that it declares; nothing, where it is valid. */
export function manifestFaults(manifest: unknown): string[] {
  if (!isFields(manifest)) return ['must be a JSON object'];
  const version = MANIFEST_VERSIONS.find((known) => known === manifest['schemaVersion']);
  if (version === undefined) return [`schemaVersion must be one of ${MANIFEST_VERSIONS.join(', ')}`];
  const rules = MANIFEST_RULES[version];
  return [
    ...emptyListsIn(manifest, ''),
    ...missing(manifest, rules.requiredKeys, ''),
    ...textFaults(manifest),
    ...listFaults(manifest, 'scopes', (scope) => unlessOneOf(MANIFEST_SCOPES, scope)),
    ...listFaults(manifest, 'lifecycle', lifecycleFault),
    ...webhookFaults(manifest, rules),
    ...listFaults(manifest, 'components', (component) => componentFault(component, rules)),
    ...settingsFaults(manifest['settings']),
  ];
}

function emptyListsIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${path} must not be empty`];
    return value.flatMap((item, i) => emptyListsIn(item, `${path}[${i}]`));
  }
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    emptyListsIn(item, path === '' ? key : `${path}.${key}`),
  );
}

function textFaults({ key, name, baseUrl, minimalSubscriptionPlan, iconPath }: Fields): string[] {
  return [
    ...(isText(key, 2, 50) ? [] : ['key must have 2 to 50 characters']),
    ...(isText(name, 1, 50) ? [] : ['name must have 1 to 50 characters']),
    ...(typeof baseUrl === 'string' && /^https?:\/\/[^/?#]+(\/[^?#]*[^/?#])?$/.test(baseUrl)
      ? []
      : ['baseUrl must be an http or https address without a / at its end']),
    ...(PLANS.some((plan) => plan === minimalSubscriptionPlan)
      ? []
      : [`minimalSubscriptionPlan must be one of ${PLANS.join(', ')}`]),
    ...(iconPath === undefined || isPath(iconPath)
      ? []
      : ['iconPath must start with a / and not end with one']),
  ];
}

function listFaults(
  manifest: Fields,
  name: string,
  faultOf: (item: unknown) => string | undefined,
): string[] {
  const list = manifest[name];
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [`${name} must be a list`];
  const texts = list.map((item) => JSON.stringify(item));
  return [
    ...(new Set(texts).size < texts.length ? [`${name} must not have an item twice`] : []),
    ...list.flatMap((item, i) => {
      const fault = faultOf(item);
      return fault === undefined ? [] : [`${name}[${i}] ${fault}`];
    }),
  ];
}

function webhookFaults(manifest: Fields, { events, webhooksMax }: ManifestRules): string[] {
  const { webhooks } = manifest;
  const isTooLong = Array.isArray(webhooks) && webhooks.length > webhooksMax;
  return [
    ...(isTooLong ? [`webhooks must be ${webhooksMax} at the most`] : []),
    ...listFaults(manifest, 'webhooks', (webhook) => {
      if (!isFields(webhook) || !isPath(webhook['path']))
        return 'must have a path from / without a / at its end';
      return events.includes(String(webhook['event'])) ? undefined : 'must name an event of this version';
    }),
  ];
}

function lifecycleFault(entry: unknown): string | undefined {
  if (!isFields(entry) || !isPath(entry['path'])) return 'must have a path from / without a / at its end';
  return unlessOneOf(LIFECYCLE_TYPES, entry['type']);
}

function componentFault(component: unknown, rules: ManifestRules): string | undefined {
  if (!isFields(component) || !isPath(component['path']))
    return 'must have a path from / without a / at its end';
  const [absent] = missing(component, rules.requiredOfComponents, '');
  if (absent !== undefined) return absent;
  const { type, accessLevel, label = '', iconPath } = component;
  if (!rules.componentTypes.includes(String(type))) return 'must have a type of this version';
  if (typeof label !== 'string' || label.length > rules.longestLabel)
    return `must have a label of ${rules.longestLabel} characters at the most`;
  if (iconPath !== undefined && !isPath(iconPath))
    return 'must have an iconPath from / without a / at its end';
  return unlessOneOf(ACCESS_LEVELS, accessLevel);
}

/** A path to a page of the add-on's own, or tabs. */
function settingsFaults(settings: unknown): string[] {
  if (settings === undefined || isPath(settings)) return [];
  if (!isFields(settings) || !Array.isArray(settings['tabs']))
    return ['settings must be a path or have tabs'];
  return settings['tabs'].flatMap((tab: unknown, i) => {
    const at = `settings.tabs[${i}]`;
    if (!isFields(tab)) return [`${at} must be an object`];
    const { settings: own = [] } = tab;
    return [
      ...missing(tab, ['id', 'name'], `${at} `),
      ...(Array.isArray(own)
        ? own.flatMap((one: unknown, k) => settingFaults(one, `${at}.settings[${k}] `))
        : []),
    ];
  });
}

function settingFaults(setting: unknown, at: string): string[] {
  if (!isFields(setting)) return [`${at}must be an object`];
  const { value, type, accessLevel } = setting;
  return [
    ...missing(setting, ['id', 'name', 'accessLevel', 'type', 'value'], at),
    ...(value === '' || (typeof value === 'object' && !Array.isArray(value))
      ? [`${at}must have a value`]
      : []),
    ...(unlessOneOf(SETTING_TYPES, type) === undefined ? [] : [`${at}must have a type of settings`]),
    ...(unlessOneOf(ACCESS_LEVELS, accessLevel) === undefined ? [] : [`${at}must have an accessLevel`]),
  ];
}

function missing(value: Fields, keys: readonly string[], at: string): string[] {
  return keys.filter((key) => value[key] === undefined).map((key) => `${at}must have ${key}`);
}

function unlessOneOf(choices: readonly unknown[], value: unknown): string | undefined {
  return choices.includes(value) ? undefined : `must be one of ${choices.join(', ')}`;
}

function isText(value: unknown, min: number, max: number): boolean {
  return typeof value === 'string' && value.length >= min && value.length <= max;
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^\/[^?#]*[^/?#]$/.test(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
