import { Module } from '@nestjs/common';
import { StoredAnswers } from './stored-answers.js';
import { StoredAnswersRepository } from './stored-answers.repository.js';

@Module({ providers: [StoredAnswersRepository, StoredAnswers], exports: [StoredAnswers] })
export class IdempotencyModule {}
