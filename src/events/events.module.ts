import { Global, Module } from '@nestjs/common';
import { EventHandlers } from './event-handler.js';

@Global()
@Module({ providers: [EventHandlers], exports: [EventHandlers] })
export class EventsModule {}
