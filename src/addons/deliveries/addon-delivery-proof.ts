import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AddonTokens } from '../../sources/clockify/addon-tokens.js';
import { WebhookRefusedError } from '../../sources/sources.errors.js';
import type { Proof } from '../../sources/webhook-source.js';
import type { Addon } from '../addon.js';
import { KnownInstallations } from './known-installations.js';

/** Why a delivery that Clockify signed is not received. */
export type Reason = 'no_installation' | 'inactive';

/** A delivery that Clockify signed for this add-on. */
export interface SignedDelivery {
  workspaceId: string;
  /** Of the installation; older tokens have none. */
  addonId: string | undefined;
  token: string;
  proof: Proof;
  /** Undefined where its installation is there and active. */
  reason: Reason | undefined;
}

/** Judges the tokens of deliveries: signed by Clockify, and the very one that the installation was given for the path. */
@Injectable()
export class AddonDeliveryProof {
  constructor(
    private readonly tokens: AddonTokens,
    private readonly installations: KnownInstallations,
  ) {}

  /** Throws WebhookRefusedError. */
  async judge(
    { slug, key }: Addon,
    { path, token }: { path: string; token: string | undefined },
  ): Promise<SignedDelivery> {
    if (token === undefined) throw WebhookRefusedError.missing('Clockify-Signature');
    const claims = await this.tokens.verify(token);
    if (claims?.addonKey !== key) throw WebhookRefusedError.wrong('Clockify-Signature');
    const { workspaceId, addonId } = claims;
    const subscription = hash('sha256', token, 'base64url').slice(0, 16);
    const delivery = { workspaceId, addonId, token, proof: { workspaceId, subscription } };
    const installation = await this.installations.find({ addon: slug, workspaceId });
    if (!installation || (addonId !== undefined && addonId !== installation.addonId))
      return { ...delivery, reason: 'no_installation' };
    if (!installation.hasToken(path, token)) throw WebhookRefusedError.wrong('Clockify-Signature');
    return { ...delivery, reason: installation.status === 'ACTIVE' ? undefined : 'inactive' };
  }
}
