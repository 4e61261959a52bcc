import { jest } from '@jest/globals';
import { UnreadAnswers } from './unread-answers.js';

describe('unread answers', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('are timed while bytes wait for their reader, and no longer', () => {
    const socket = {
      writableLength: 0,
      timeout: 0,
      setTimeout: (ms: number) => void (socket.timeout = ms),
    };
    const unread = new UnreadAnswers(
      { REQUEST_TIMEOUT_SECONDS: 4, KEEP_ALIVE_SECONDS: 6 } as never,
      { inFlight: { items: () => [{ req: { socket } }] } } as never,
    );
    unread.onModuleInit();
    const timeoutAfter = (writableLength: number): number => {
      socket.writableLength = writableLength;
      jest.advanceTimersByTime(3_000);
      return socket.timeout;
    };
    expect([0, 9, 9, 0, 0, 9].map(timeoutAfter)).toEqual([0, 6_000, 6_000, 0, 0, 6_000]);
    unread.onApplicationShutdown();
    expect(timeoutAfter(0)).toBe(6_000);
  });
});
