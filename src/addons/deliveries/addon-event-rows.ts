import { Injectable } from '@nestjs/common';
import { EventRemoval } from '../../events/event-removal.js';
import { InstallationRows } from '../installations/installation-rows.js';

/** The events of an installation go with it. */
@Injectable()
export class AddonEventRows {
  constructor(rows: InstallationRows, events: EventRemoval) {
    rows.register({
      tables: ['events', 'event_keys'],
      remove: (transaction, { addon, workspaceId }) =>
        events.remove(transaction, { source: addon, workspaceId }),
    });
  }
}
