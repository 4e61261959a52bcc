import { Controller, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { GuardedByWebhook } from '../../access/access.decorators.js';
import { FlatAnswer } from '../../http/answer.js';
import { type HttpConfig, httpConfig } from '../../http/http.config.js';
import { RouteNeeds } from '../../http/route-policy.js';
import { readWebhookBody } from '../../sources/webhook-body.js';
import type { JsonObject } from '../../sources/webhook-source.js';
import { UnknownAddonError } from '../addons.errors.js';
import { lifecycleAnswer } from './lifecycle-answers.js';
import { readLifecycleBody } from './lifecycle-body.js';
import { LifecycleGuard, type LifecycleRequest } from './lifecycle.guard.js';
import { UnknownInstallationError } from './lifecycle.errors.js';
import { type LifecycleCall, LifecycleService } from './lifecycle.service.js';

/** Where Clockify tells of installations. Its protocol, and nobody else can call these, so the API does not show them. */
@ApiExcludeController()
@GuardedByWebhook()
@RouteNeeds({ body: 'raw', rate: 'webhooks' })
@UseGuards(LifecycleGuard)
@Controller('addons/:addon/lifecycle')
export class LifecycleController {
  readonly #limits;

  constructor(
    private readonly lifecycle: LifecycleService,
    @Inject(httpConfig.token) { MAX_JSON_DEPTH, MAX_JSON_KEYS }: HttpConfig,
  ) {
    this.#limits = { maxDepth: MAX_JSON_DEPTH, maxKeys: MAX_JSON_KEYS };
  }

  @Post('installed')
  @HttpCode(200)
  async installed(@Req() request: LifecycleRequest): Promise<FlatAnswer> {
    const call = this.#callOf(request);
    return lifecycleAnswer('installed', call.addon, await this.lifecycle.installed(call));
  }

  @Post('uninstalled')
  @HttpCode(200)
  uninstalled(@Req() request: LifecycleRequest): Promise<FlatAnswer> {
    return this.#uninstall(this.#callOf(request));
  }

  /** Clockify's own word for it. */
  @Post('deleted')
  @HttpCode(200)
  deleted(@Req() request: LifecycleRequest): Promise<FlatAnswer> {
    return this.#uninstall(this.#callOf(request));
  }

  @Post('settings-updated')
  @HttpCode(200)
  async settingsUpdated(@Req() request: LifecycleRequest): Promise<FlatAnswer> {
    const call = this.#callOf(request);
    return lifecycleAnswer('settings_updated', call.addon, await this.lifecycle.settingsUpdated(call));
  }

  @Post('status-changed')
  @HttpCode(200)
  async statusChanged(@Req() request: LifecycleRequest): Promise<FlatAnswer> {
    const call = this.#callOf(request);
    return lifecycleAnswer('status_changed', call.addon, await this.lifecycle.statusChanged(call));
  }

  async #uninstall(call: LifecycleCall): Promise<FlatAnswer> {
    const { wasKnown, ...key } = await this.lifecycle.uninstalled(call);
    // To the one predecessor an uninstallation of nothing was a mistake, to the other it was not.
    if (!wasKnown && call.addon.slug === 'universal-webhook') throw new UnknownInstallationError();
    return lifecycleAnswer('uninstalled', call.addon, key);
  }

  #callOf({ lifecycle, headers, rawBody = Buffer.alloc(0) }: LifecycleRequest): LifecycleCall {
    if (!lifecycle) throw new UnknownAddonError();
    const { payload } = readWebhookBody(rawBody, headers, this.#limits);
    return { ...lifecycle, body: readLifecycleBody(payload as JsonObject) };
  }
}
