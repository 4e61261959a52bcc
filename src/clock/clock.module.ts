import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { ClockWatch } from './clock-watch.js';
import { SharedClock } from './shared-clock.js';

@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: SharedClock, useFactory: (own: Clock) => new SharedClock(own), inject: [Clock] },
    ClockWatch,
  ],
  exports: [Clock, SharedClock, ClockWatch],
})
export class ClockModule {}
