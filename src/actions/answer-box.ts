import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import { SecretBox } from '../storage/secret-box.js';
import { type StorageConfig, storageConfig } from '../storage/storage.config.js';

/** Answers kept for a key are whole, so they may hold what an upstream made secret: sealed where there is a key to it. */
@Injectable()
export class AnswerBox {
  constructor(
    private readonly box: SecretBox,
    @Inject(storageConfig.token) private readonly config: StorageConfig,
  ) {}

  close(answer: string, runId: string): string {
    return this.config.ENCRYPTION_KEY === undefined ? answer : this.box.close(answer, contextOf(runId));
  }

  open(stored: string, runId: string): string {
    if (stored.startsWith('{')) return stored;
    try {
      return this.box.open(stored, contextOf(runId));
    } catch (cause) {
      throw new AppError('conflict', 'The answer kept for this Idempotency-Key cannot be read any more', {
        cause,
      });
    }
  }
}

function contextOf(runId: string): string {
  return `action-answer:${runId}`;
}
