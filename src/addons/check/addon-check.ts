import { manifestFaults } from '../manifest/manifest-faults.js';
import { type CheckRow, fault, row } from './check-row.js';
import { transportRows } from './transport-check.js';

const TIMEOUT_MS = 10_000;

const BY_HAND: readonly CheckRow[] = [
  {
    what: 'Each scope is needed',
    outcome: 'by hand',
    why: 'leave out what your flows do not use (API_STUDIO_SCOPES, UNIVERSAL_WEBHOOK_SCOPES)',
  },
  { what: 'A privacy policy is published', outcome: 'by hand', why: 'a public add-on names its address' },
];

interface Reached {
  status: number;
  headers: Headers;
  text: string;
}

/** What reviewers of add-ons look at, asked of the add-on at this address the way Clockify and browsers ask. */
export async function checkAddon(baseUrl: string): Promise<CheckRow[]> {
  const manifestPage = await ask(`${baseUrl}/manifest`).catch((error: unknown) => String(error));
  if (typeof manifestPage === 'string')
    return [row('The manifest can be read', [`${baseUrl}/manifest: ${manifestPage}`])];
  const manifest = objectIn(manifestPage.text);
  return [
    row('The manifest can be read', [
      ...fault(manifestPage.status === 200, `it answers ${manifestPage.status}`),
      ...fault(manifest !== undefined, 'it is no JSON object'),
    ]),
    row('The manifest keeps to the schema that it declares', manifestFaults(manifest)),
    row('The manifest names the address that it has', [
      ...fault(
        manifest?.['baseUrl'] === baseUrl,
        `it names ${String(manifest?.['baseUrl'])}, not ${baseUrl}`,
      ),
    ]),
    ...(await transportRows(baseUrl, manifestPage.headers)),
    ...(await pathRows(baseUrl, manifest ?? {})),
    ...BY_HAND,
  ];
}

async function pathRows(baseUrl: string, manifest: Record<string, unknown>): Promise<CheckRow[]> {
  const components = entriesOf(manifest['components']);
  const icons = [manifest, ...components].flatMap(({ iconPath }) =>
    typeof iconPath === 'string' ? [iconPath] : [],
  );
  const doors = [...entriesOf(manifest['lifecycle']), ...entriesOf(manifest['webhooks'])];
  const rows: CheckRow[] = [];
  for (const path of new Set(icons)) rows.push(await iconRow(baseUrl, path));
  for (const { path } of components) rows.push(await pageRow(baseUrl, String(path)));
  for (const path of new Set(doors.map((door) => String(door['path']))))
    rows.push(await doorRow(baseUrl, path));
  return rows;
}

async function iconRow(baseUrl: string, path: string): Promise<CheckRow> {
  return reachedRow(
    `The icon ${path} is an image`,
    () => ask(baseUrl + path),
    ({ status, headers }) => [
      ...fault(status === 200, `it answers ${status}`),
      ...fault(typeOf(headers).startsWith('image/'), `it is ${typeOf(headers)}`),
    ],
  );
}

async function pageRow(baseUrl: string, path: string): Promise<CheckRow> {
  const what = `The page ${path} is HTML that Clockify may frame, and nobody else`;
  return reachedRow(
    what,
    () => ask(baseUrl + path),
    ({ status, headers }) => {
      const policy = headers.get('content-security-policy') ?? '';
      const [, frames = ''] = /frame-ancestors ([^;]*)/.exec(policy) ?? [];
      const isForClockify =
        frames !== '' && frames.split(' ').every((host) => /^https:\/\/(\*\.)?clockify\.me$/.test(host));
      return [
        ...fault(status === 200, `it answers ${status}`),
        ...fault(typeOf(headers).startsWith('text/html'), `it is ${typeOf(headers)}`),
        ...fault(isForClockify, `its frame-ancestors are ${frames || 'not said'}`),
        ...fault(!headers.has('x-frame-options'), 'X-Frame-Options keeps Clockify out'),
        ...fault(!/'unsafe-(inline|eval)'/.test(policy), 'its policy lets scripts in that nobody named'),
        ...fault(
          headers.get('referrer-policy') === 'no-referrer',
          'it tells others its address, with a token in it',
        ),
      ];
    },
  );
}

async function doorRow(baseUrl: string, path: string): Promise<CheckRow> {
  const knock = (): Promise<Reached> =>
    ask(baseUrl + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
  return reachedRow(`${path} refuses whoever has no token`, knock, ({ status }) => [
    ...fault(status === 401 || status === 403, `it answers ${status}`),
  ]);
}

async function reachedRow(
  what: string,
  reach: () => Promise<Reached>,
  faultsOf: (reached: Reached) => string[],
): Promise<CheckRow> {
  try {
    return row(what, faultsOf(await reach()));
  } catch (error) {
    return row(what, [String(error)]);
  }
}

async function ask(url: string, init: RequestInit = {}): Promise<Reached> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { redirect: 'manual', signal, ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function typeOf(headers: Headers): string {
  return headers.get('content-type') ?? 'of no type';
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function entriesOf(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? (list as Record<string, unknown>[]) : [];
}
