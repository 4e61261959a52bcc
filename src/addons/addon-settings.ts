import type { ManifestSetting, ManifestSettingsTab } from './manifest/manifest.js';
import type { AddonsConfig } from './addons.config.js';

type Value = ManifestSetting['value'];

/** What a workspace may set for itself; what it does not set is as the environment says. */
export function apiStudioSettings(config: AddonsConfig): ManifestSettingsTab[] {
  return [
    tab('bootstrap', 'Bootstrap', [
      setting('bootstrap_on_install', 'Read the workspace when installed', true),
      setting(
        'include_heavy_endpoints',
        'Read reports, too',
        config.API_STUDIO_BOOTSTRAP_INCLUDE_HEAVY_ENDPOINTS,
      ),
      setting('bootstrap_max_rps', 'Requests a second, 1 to 50', config.API_STUDIO_BOOTSTRAP_MAX_RPS),
    ]),
  ];
}

export function universalWebhookSettings(config: AddonsConfig): ManifestSettingsTab[] {
  return [
    tab('bootstrap', 'Bootstrap', [
      setting('run_on_install', 'Read the workspace when installed', true),
      setting('include_heavy', 'Read reports, too', config.UW_BOOTSTRAP_INCLUDE_HEAVY),
      setting('include_time_entries', 'Read time entries, too', config.UW_BOOTSTRAP_INCLUDE_TIME_ENTRIES),
      setting('time_entry_days', 'Days of time entries', config.UW_BOOTSTRAP_TIME_ENTRY_DAYS),
      setting('max_rps', 'Requests a second, 1 to 50', config.UW_BOOTSTRAP_MAX_RPS),
    ]),
    tab('webhooks', 'Webhooks', [
      setting('enable_custom_webhooks', 'Take webhooks of other services', config.UW_ENABLE_CUSTOM_WEBHOOKS),
      setting(
        'webhook_log_retention_days',
        'Days that events are kept',
        config.UW_WEBHOOK_LOG_RETENTION_DAYS,
      ),
    ]),
    tab('flows', 'Flows', [
      setting('enable_flows', 'Run flows', config.UW_ENABLE_FLOWS),
      setting(
        'enable_generic_http_actions',
        'Let flows call other services',
        config.UW_ENABLE_GENERIC_HTTP_ACTIONS,
      ),
      setting(
        'flow_execution_retention_days',
        'Days that runs are kept',
        config.UW_FLOW_EXECUTION_RETENTION_DAYS,
      ),
    ]),
    tab('cache', 'Cache', [
      setting('cache_ttl_days', 'Days that names are remembered', config.UW_CACHE_TTL_DAYS),
    ]),
  ];
}

function tab(id: string, name: string, settings: ManifestSetting[]): ManifestSettingsTab {
  return { id, name, settings };
}

function setting(id: string, name: string, value: Value): ManifestSetting {
  const type = typeof value === 'boolean' ? 'CHECKBOX' : 'NUMBER';
  return { id, name, description: name, accessLevel: 'ADMINS', type, value };
}
