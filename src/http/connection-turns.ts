import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Waiting {
  request: IncomingMessage;
  response: ServerResponse;
}

interface Turn {
  /** Whose answer is in work. */
  current: IncomingMessage | undefined;
  readonly waiting: Waiting[];
  isWatched: boolean;
}

/** On the socket itself: a map beside it would cost the collector more than the request its look. */
const TURN = Symbol('turn');

interface TurnSocket extends Socket {
  [TURN]?: Turn;
}

/** What one piece off the wire may hold of requests that cannot begin yet. */
const MOST_WAITING = 64;

/**
 * One answer in work per connection: a request that comes before the answer to the one before it is written waits for
 * that, and meanwhile nothing more is read. Without this, whoever sends many requests and reads nothing would have all
 * of them worked on, and all answers in memory. Who sends more at once than may wait is cut off.
 */
export class ConnectionTurns {
  constructor(private readonly handle: Handler) {}

  readonly enter = (request: IncomingMessage, response: ServerResponse): void => {
    const socket = request.socket as TurnSocket;
    if (!socket.writable) return; // Refused or left already.
    const turn = (socket[TURN] ??= { current: undefined, waiting: [], isWatched: false });
    if (turn.current === undefined) return this.#begin(socket, turn, { request, response });
    turn.waiting.push({ request, response });
    if (turn.waiting.length > MOST_WAITING) socket.destroy();
    else stopReading(socket, turn);
  };

  #begin(socket: TurnSocket, turn: Turn, { request, response }: Waiting): void {
    turn.current = request;
    response.on('close', () => this.#end(socket, turn));
    this.handle(request, response);
  }

  #end(socket: TurnSocket, turn: Turn): void {
    turn.current = undefined;
    if (turn.waiting.length === 0) {
      if (socket.isPaused()) socket.resume();
      return;
    }
    const next = socket.destroyed || !socket.writable ? undefined : turn.waiting.shift();
    if (next === undefined) turn.waiting.length = 0;
    else this.#begin(socket, turn, next);
  }
}

/** Again and again, because Node reads on when it has read a request to its end. The body of the one in work is still read. */
function stopReading(socket: TurnSocket, turn: Turn): void {
  socket.pause();
  if (turn.isWatched) return;
  turn.isWatched = true;
  socket.on('resume', () => {
    if (turn.waiting.length > 0 && turn.current?.complete === true) socket.pause();
  });
}
