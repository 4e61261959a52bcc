import type { DueEvents } from './dispatch/claimed-event.js';
import type { EventDispatchRepository } from './dispatch/event-dispatch.repository.js';
import type { EventHandler, EventHandlers, EventKind } from './event-handler.js';

/** Where most of what was looked at is claimed all the same, the look is only a cost; so many rounds go without. */
const ROUNDS_WITHOUT = 20;

/** Finds, before they are claimed, events of which nothing will come. Only saves work: what it lets through is judged anew. */
export class EventSieve {
  #roundsWithout = 0;

  constructor(
    private readonly repository: EventDispatchRepository,
    private readonly handlers: EventHandlers,
  ) {}

  /** Returns the positions of those that nobody will do anything about. */
  async unwanted(
    due: readonly DueEvents[],
    { interested, bytes }: { interested: (kind: EventKind) => readonly EventHandler[]; bytes: number },
  ): Promise<string[]> {
    if (this.#roundsWithout > 0) {
      this.#roundsWithout--;
      return [];
    }
    const wanting = new Set(due.flatMap(({ kind }) => interested(kind)));
    const isWanted = await this.handlers.sifted([...wanting]);
    if (isWanted === undefined) return [];
    const peeked = await this.repository.peek(
      due.flatMap(({ seqs }) => seqs),
      bytes,
    );
    const unwanted = peeked.filter(({ event }) => !isWanted(event)).map(({ seq }) => seq);
    if (unwanted.length * 2 < peeked.length) this.#roundsWithout = ROUNDS_WITHOUT;
    return unwanted;
  }
}
