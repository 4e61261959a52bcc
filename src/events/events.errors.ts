import { AppError } from '../errors/app-error.js';

/** An earlier try of this handler has recorded its effect: there is nothing left to do. */
export class EventAlreadyHandledError extends Error {
  constructor(eventId: string, handler: string) {
    super(`${handler} has handled the event ${eventId} already`);
    this.name = new.target.name;
  }
}

/** Another process has claimed the event since, or is through with it: nothing may come of this try any more. */
export class ClaimLostError extends Error {
  constructor(eventId: string) {
    super(`The event ${eventId} is in other hands`);
    this.name = new.target.name;
  }
}

export class EventNotFoundError extends AppError {
  constructor(id: string) {
    super('not_found', `There is no event ${id}`);
  }
}

/** The sender gives each body an id of its own, and this id stands for another one. */
export class SenderIdTakenError extends AppError {
  constructor(id: string, eventId: string | null) {
    super('conflict', 'Another body came under this delivery id', {
      details: { deliveryId: id, ...(eventId === null ? {} : { eventId }) },
    });
  }
}

export class HandlerTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`The handler took longer than ${timeoutMs / 1000} s`);
    this.name = new.target.name;
  }
}
