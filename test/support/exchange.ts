import net from 'node:net';
import { once } from 'node:events';

/** Sends the text in one piece, byte for byte, and answers all that came back until the connection was closed. */
export async function exchange(url: string, text: string): Promise<string> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}
