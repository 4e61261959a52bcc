import type { ClockifyConfig } from '../clockify.config.js';
import type { Host } from '../operations/operation-index.js';

/** The base address of each host, without `/v1`; undefined where none can be known. */
export type ClockifyHosts = Readonly<Record<Host, string | undefined>>;

const PREFIXES = { eu: 'euc1', us: 'use2', uk: 'euw2', au: 'apse2', developer: 'developer' } as const;
const AUDIT = 'https://auditlog-api.api.clockify.me';
const CLOCKIFY_HOST = /^(?:([a-z0-9-]+)\.)?clockify\.me$/i;

/**
 * Where requests go. An address of our own choosing for the API says nothing about reports and audit: without
 * addresses of their own these stay unknown, so that no credential travels to a host that nobody named.
 */
export function clockifyHosts(config: ClockifyConfig): ClockifyHosts {
  const core = withoutVersion(config.CLOCKIFY_BASE_URL) ?? regionalCore(config.CLOCKIFY_REGION);
  return {
    core,
    reports:
      withoutVersion(config.CLOCKIFY_REPORTS_URL, '') ?? reportsBeside(core, config.CLOCKIFY_SUBDOMAIN),
    audit: withoutVersion(config.CLOCKIFY_AUDIT_URL, '') ?? (isVendors(core) ? AUDIT : undefined),
  };
}

function regionalCore(region: ClockifyConfig['CLOCKIFY_REGION']): string {
  return region === 'global' ? 'https://api.clockify.me/api' : `https://${PREFIXES[region]}.clockify.me/api`;
}

/** Operators copy addresses with and without `/api` and `/v1`; all of them mean the same. */
function withoutVersion(url: string | undefined, emptyPath = '/api'): string | undefined {
  if (url === undefined) return undefined;
  const bare = url.replace(/\/+$/, '').replace(/\/v\d+$/, '');
  return new URL(bare).pathname === '/' ? `${new URL(bare).origin}${emptyPath}` : bare;
}

function isVendors(core: string): boolean {
  return CLOCKIFY_HOST.test(new URL(core).hostname);
}

function reportsBeside(core: string, subdomain: string | undefined): string | undefined {
  if (!isVendors(core)) return undefined;
  if (subdomain !== undefined) return `https://${subdomain}.clockify.me/report`;
  const { origin, hostname } = new URL(core);
  return hostname.toLowerCase() === 'api.clockify.me'
    ? 'https://reports.api.clockify.me'
    : `${origin}/report`;
}
