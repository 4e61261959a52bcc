import { connect } from 'node:tls';
import { type CheckRow, fault, row } from './check-row.js';

const YEAR_SECONDS = 31_536_000;
const TIMEOUT_MS = 10_000;

/** How the address is reached: HTTPS only, by no version of TLS that is broken, and for a year. */
export async function transportRows(baseUrl: string, headers: Headers): Promise<CheckRow[]> {
  const { protocol, hostname, port } = new URL(baseUrl);
  const isSecure = protocol === 'https:';
  const lastsSeconds = Number(/max-age=(\d+)/.exec(headers.get('strict-transport-security') ?? '')?.[1] ?? 0);
  const takesOld = isSecure && (await takesOldTls(hostname, Number(port || 443)));
  return [
    row('The address is HTTPS', fault(isSecure, `it is ${baseUrl}`)),
    row('TLS below 1.2 is refused', [
      ...fault(isSecure, 'there is no TLS'),
      ...fault(!takesOld, 'TLS 1.1 is taken'),
    ]),
    row('Strict-Transport-Security is for a year at least', [
      ...fault(lastsSeconds >= YEAR_SECONDS, `it is for ${lastsSeconds} seconds`),
    ]),
  ];
}

function takesOldTls(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      servername: host,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0', // Else we would refuse, not they.
      rejectUnauthorized: false, // Whose it is does not matter: nothing is sent.
      timeout: TIMEOUT_MS,
    });
    const end = (isTaken: boolean) => (): void => {
      resolve(isTaken);
      socket.destroy();
    };
    socket.once('secureConnect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
