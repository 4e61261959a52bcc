import type { LoadedConfig } from './load-config.js';

/** The effective configuration as NAME=value lines, with every secret masked. */
export function printConfig(config: LoadedConfig): string {
  return config.sections
    .map((section) => {
      const values: Record<string, unknown> = config.get(section);
      const lines = Object.entries(section.variables).map(
        ([name, variable]) => `${name}=${variable.isSecret ? maskSecret(values[name]) : show(values[name])}`,
      );
      return [`# ${section.name}`, ...lines].join('\n');
    })
    .join('\n\n');
}

function maskSecret(value: unknown): string {
  const isSet = Array.isArray(value) ? value.length > 0 : value !== undefined;
  return isSet ? '(set, hidden)' : '';
}

function show(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map(show).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}
