import type { ServerResponse } from 'node:http';

interface Finished {
  response: ServerResponse;
  text: string;
}

/**
 * Sends the answers that one turn of the event loop has made when the turn ends, one right after the other. Sent as
 * they come, each wakes its reader for itself, and waking a sleeping process costs this one more than most of what
 * it does for a request. The turn ends when everything that had arrived is dealt with, so nobody waits for what is
 * still to come; a lone request waits for nothing.
 */
export class AnswersOfTurn {
  #finished: Finished[] = [];

  end(response: ServerResponse, text: string): void {
    if (this.#finished.length === 0) setImmediate(() => this.#send());
    this.#finished.push({ response, text });
  }

  #send(): void {
    const finished = this.#finished;
    this.#finished = [];
    for (const { response, text } of finished) response.end(text);
  }
}
