import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../../clock/clock.js';
import { SecretBox } from '../../storage/secret-box.js';
import type { Addon } from '../addon.js';
import type { AddonSlug } from '../addons.config.js';
import { AddonMetrics, type LifecycleStep } from '../addon-metrics.js';
import { KnownInstallations } from '../deliveries/known-installations.js';
import { InstallationAccounts } from '../installations/installation-accounts.js';
import { InstallationHosts } from '../installations/installation-hosts.js';
import { tokenContext } from '../installations/installation-tokens.js';
import { digestOfToken, InstallationsRepository } from '../installations/installations.repository.js';
import type { AddonStatus, InstallationKey } from '../installations/installations.tables.js';
import { type LifecycleBody, missingFields } from './lifecycle-body.js';
import { type InstallationClaims, type LifecycleClaims, LifecycleProof } from './lifecycle-proof.js';
import { readSettings } from './lifecycle-settings.js';
import {
  ForeignInstallationError,
  InstallationTokenError,
  LifecycleBodyError,
  UnknownInstallationError,
} from './lifecycle.errors.js';

/** A call that is proved, or that needs no proof: then without claims. */
export interface LifecycleCall {
  addon: Addon;
  claims: LifecycleClaims | undefined;
  body: LifecycleBody;
}

interface Subject extends InstallationKey {
  addonId: string | undefined;
  at: Date;
}

/** What installations are kept with. */
@Injectable()
export class InstallationTools {
  constructor(
    readonly repository: InstallationsRepository,
    readonly accounts: InstallationAccounts,
    readonly hosts: InstallationHosts,
    readonly box: SecretBox,
    readonly known: KnownInstallations,
  ) {}
}

/**
 * What Clockify tells of an add-on's installations. Promises that what comes again, at once or in another order does no
 * harm, that a token is kept sealed and never answered, and that nothing of an installation is left once it is gone.
 */
@Injectable()
export class LifecycleService {
  constructor(
    private readonly tools: InstallationTools,
    private readonly proof: LifecycleProof,
    private readonly clock: Clock,
    private readonly metrics: AddonMetrics,
    @InjectPinoLogger('addons') private readonly log: PinoLogger,
  ) {}

  async installed(call: LifecycleCall): Promise<InstallationKey> {
    const { addon, body } = call;
    require(call, ['workspaceId', 'addonId', 'authToken', 'apiUrl']);
    const subject = this.#subjectOf(call);
    const { addonId = '', authToken = '', apiUrl = '' } = body;
    const addresses = await this.#addresses(call, { core: apiUrl, reports: null });
    const { box, keyId } = this.tools.box.seal(authToken, tokenContext(subject));
    const outcome = await this.tools.repository.install({
      ...subject,
      addonId,
      sealedToken: box,
      keyId,
      coreUrl: addresses.core,
      reportsUrl: addresses.reports,
      settings: readSettings(addon, body.settings),
      webhookTokens: body.webhooks.map(({ path, authToken: token }) => ({
        path,
        digest: digestOfToken(token),
      })),
    });
    this.#told('installed', subject, outcome);
    return subject;
  }

  /** Whether there was something to remove, now or when the same was said before. */
  async uninstalled(call: LifecycleCall): Promise<InstallationKey & { wasKnown: boolean }> {
    require(call, ['workspaceId']);
    const subject = this.#subjectOf(call);
    const outcome = await this.tools.repository.uninstall(subject);
    this.#told('uninstalled', subject, outcome);
    return { ...subject, wasKnown: outcome !== 'unknown' };
  }

  async settingsUpdated(call: LifecycleCall): Promise<InstallationKey> {
    require(call, ['workspaceId', 'settings']);
    const settings = readSettings(call.addon, call.body.settings);
    if (settings === undefined) throw fault(call, 'settings', 'must be a list or an object');
    return this.#change('settings_updated', call, { settings });
  }

  async statusChanged(call: LifecycleCall): Promise<InstallationKey> {
    require(call, ['workspaceId', 'status']);
    const status = (['ACTIVE', 'INACTIVE'] as const).find((one) => one === call.body.status);
    if (status === undefined) throw fault(call, 'status', 'must be ACTIVE or INACTIVE');
    return this.#change('status_changed', call, { status });
  }

  async #change(
    what: LifecycleStep,
    call: LifecycleCall,
    change: Parameters<InstallationsRepository['change']>[1] & { status?: AddonStatus },
  ): Promise<InstallationKey> {
    const subject = this.#subjectOf(call);
    if (!(await this.tools.repository.change(subject, change))) throw new UnknownInstallationError();
    this.#told(what, subject, 'changed');
    return subject;
  }

  /** By the token, whatever the body says. */
  #subjectOf({ addon, claims, body }: LifecycleCall): Subject {
    for (const name of ['workspaceId', 'addonId'] as const)
      if (claims && body[name] !== undefined && body[name] !== claims[name])
        throw new ForeignInstallationError(name);
    return {
      addon: addon.slug,
      workspaceId: claims?.workspaceId ?? body.workspaceId ?? '',
      addonId: claims?.addonId ?? body.addonId,
      at: this.clock.now(),
    };
  }

  /** Those in the token, which Clockify signed; the body's only where nothing is proved anyway. */
  async #addresses(
    { addon, claims, body }: LifecycleCall,
    said: InstallationClaims,
  ): Promise<InstallationClaims> {
    const proved = claims && (await this.proof.installation(addon, body.authToken ?? '', claims));
    if (claims && !proved) throw new InstallationTokenError();
    const addresses = proved ?? said;
    const { hosts } = this.tools;
    if (!hosts.isPermitted(addresses.core)) throw new InstallationTokenError();
    const { reports } = addresses;
    return { core: addresses.core, reports: reports !== null && hosts.isPermitted(reports) ? reports : null };
  }

  #told(what: LifecycleStep, { addon, workspaceId, addonId }: Subject, outcome: string): void {
    this.tools.accounts.forget({ addon, workspaceId });
    this.tools.known.forget({ addon, workspaceId });
    this.metrics.told(addon as AddonSlug, what);
    this.log.info(
      { addon, workspace_id: workspaceId, addon_id: addonId, outcome },
      `An add-on was ${what.replace('_', ' ')}`,
    );
  }
}

function require(call: LifecycleCall, names: readonly (keyof LifecycleBody)[]): void {
  const faults = missingFields(call.body, names);
  if (faults.length > 0) throw new LifecycleBodyError(faults, call.addon.faultStatus);
}

function fault({ addon }: LifecycleCall, path: string, message: string): LifecycleBodyError {
  return new LifecycleBodyError([{ path, message: `${path} ${message}` }], addon.faultStatus);
}
