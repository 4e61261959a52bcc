import http from 'node:http';

/** How many times `/healthz` was answered, each time on a new connection, until the work was over. */
export async function answersMeanwhile(url: string, work: Promise<unknown>): Promise<number> {
  const state = { isOver: false };
  const done = work.finally(() => (state.isOver = true));
  let answers = 0;
  while (!state.isOver) {
    await healthz(url);
    if (!state.isOver) answers++;
  }
  await done;
  return answers;
}

function healthz(url: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  http
    .get(`${url}/healthz`, { agent: false }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`/healthz answered ${response.statusCode}`));
      });
    })
    .on('error', reject);
  return promise;
}
