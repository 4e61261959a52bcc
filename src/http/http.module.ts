import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { AppExceptionFilter } from './app-exception.filter.js';
import { AppValidationPipe } from './app-validation.pipe.js';
import { BodyBudget } from './body-budget.js';
import { BodyParserGuard } from './body-parser.guard.js';
import { BodyReader } from './body-reader.js';
import { HeavyTurns } from './heavy-turns.js';
import { ConnectionLimit } from './connection-limit.js';
import { HttpDrain } from './http-drain.js';
import { ParserRefusals } from './parser-refusals.js';
import { RequestChain } from './request-chain.js';
import { RoutePolicies } from './route-policy.js';
import { RoutePolicyGuard } from './route-policy.guard.js';
import { RequestScope } from './request-scope.js';
import { UnreadAnswers } from './unread-answers.js';

@Module({
  providers: [
    { provide: APP_FILTER, useClass: AppExceptionFilter },
    { provide: APP_PIPE, useClass: AppValidationPipe },
    RequestScope,
    RoutePolicies,
    RoutePolicyGuard,
    BodyBudget,
    BodyReader,
    ConnectionLimit,
    HeavyTurns,
    BodyParserGuard,
    RequestChain,
    ParserRefusals,
    UnreadAnswers,
    HttpDrain,
  ],
  exports: [RoutePolicyGuard, BodyParserGuard, BodyReader, HeavyTurns],
})
export class HttpModule {}
