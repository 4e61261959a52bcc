import { Global, Module } from '@nestjs/common';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeadLettersRepository } from './dead-letters.repository.js';
import { DeadLettersService } from './dead-letters.service.js';
import { EventBell } from './event-bell.js';
import { EventDispatchLoop } from './dispatch/event-dispatch-loop.js';
import { EventDispatchRepository } from './dispatch/event-dispatch.repository.js';
import { EventDispatcher } from './dispatch/event-dispatcher.js';
import { EventLookup } from './inbox/event-lookup.js';
import { EventHandlers } from './event-handler.js';
import { EventInbox } from './inbox/event-inbox.js';
import { EventObserver } from './event-observer.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { EventRemoval } from './event-removal.js';
import { EventReplays } from './event-replays.js';
import { EventRetention } from './event-retention.js';
import { EventRetentionRepository } from './event-retention.repository.js';
import { EventStore } from './inbox/event-store.js';
import { EventStream } from './event-stream.js';
import { EventTypes } from './event-types.js';
import { EventsController } from './events.controller.js';
import { EventsRepository } from './events.repository.js';
import { EventsService } from './events.service.js';
import { SenderIds } from './inbox/sender-ids.js';

@Global()
@Module({
  imports: [IdempotencyModule],
  controllers: [EventsController, DeadLettersController],
  providers: [
    DeadLettersRepository,
    DeadLettersService,
    EventBell,
    EventDispatchLoop,
    EventDispatchRepository,
    EventDispatcher,
    EventHandlers,
    EventInbox,
    EventLookup,
    EventObserver,
    EventRemoval,
    EventReplays,
    EventRetention,
    EventRetentionRepository,
    EventStore,
    EventStream,
    EventTypes,
    EventsRepository,
    EventsService,
    SenderIds,
  ],
  exports: [EventHandlers, EventInbox, EventLookup, EventRemoval, EventTypes],
})
export class EventsModule {}
