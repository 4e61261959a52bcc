import { hash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Action } from '../parsing/action.js';
import type { RunCaller } from './action-runner.js';
import { InvalidConfirmationError } from './actions.errors.js';
import { AnswerBox } from './answer-box.js';
import { ConfirmationsRepository } from './confirmations.repository.js';

const MINUTES = 15;
const TOKEN_BYTES = 32;

export interface Confirmation {
  token: string;
  expiresAt: Date;
}

/**
 * Actions that wait for a yes. Promises that a token brings about its action once, on whichever replica, for the caller
 * that it was made for, within fifteen minutes; and that nothing tells a wrong token from one that is used, over or another's.
 */
@Injectable()
export class Confirmations {
  constructor(
    private readonly repository: ConfirmationsRepository,
    private readonly box: AnswerBox,
    private readonly clock: Clock,
  ) {}

  async ask(action: Action, { keyId }: RunCaller): Promise<Confirmation> {
    const token = `cbc_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
    const tokenHash = hash('sha256', token, 'hex');
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + MINUTES * 60_000);
    const { integration, operation, params } = action;
    await this.repository.insert({
      token_hash: tokenHash,
      caller_id: keyId,
      action: this.box.close(JSON.stringify({ integration, operation, params }), tokenHash),
      created_at: now,
      expires_at: expiresAt,
    });
    return { token, expiresAt };
  }

  /** What the token stands for, which it does not any more. */
  async use(token: string, { keyId }: RunCaller): Promise<Action> {
    const tokenHash = hash('sha256', token, 'hex');
    const action = await this.repository.take(tokenHash, keyId, this.clock.now());
    if (action === undefined) throw new InvalidConfirmationError();
    return JSON.parse(this.box.open(action, tokenHash)) as Action;
  }

  removeExpired(): Promise<void> {
    return this.repository.removeExpired(this.clock.now());
  }
}
