import { Global, Module } from '@nestjs/common';
import { EventBell } from './event-bell.js';
import { EventDispatchLoop } from './event-dispatch-loop.js';
import { EventDispatchRepository } from './event-dispatch.repository.js';
import { EventDispatcher } from './event-dispatcher.js';
import { EventHandlers } from './event-handler.js';
import { EventInbox } from './event-inbox.js';
import { EventObserver } from './event-observer.js';
import { EventStore } from './event-store.js';

@Global()
@Module({
  providers: [
    EventBell,
    EventDispatchLoop,
    EventDispatchRepository,
    EventDispatcher,
    EventHandlers,
    EventInbox,
    EventObserver,
    EventStore,
  ],
  exports: [EventHandlers, EventInbox],
})
export class EventsModule {}
