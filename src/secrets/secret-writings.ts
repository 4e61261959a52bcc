/** The characters of base64 in both alphabets: one beside what is known for sure holds bits of the secret as well. */
const EDGE = '[A-Za-z0-9+/_-]?';

/**
 * A pattern of every way in which services write a text that was sent to them: as it stands, within JSON, URLs, forms and
 * HTML, as base64 at any offset, and in hexadecimal digits.
 */
export function writingsOf(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const plain = [
    secret,
    inJson,
    inJson.replaceAll('/', '\\/'),
    JSON.stringify(inJson).slice(1, -1),
    asciiJson(inJson),
    encodeURIComponent(secret.toWellFormed()),
    encodeURI(secret.toWellFormed()),
    percentEncoded(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
    inHtml(secret),
    Buffer.from(secret).toString('hex'),
  ];
  return [...[...new Set(plain)].map(escaped), ...base64Of(Buffer.from(secret))];
}

/** As encodeURIComponent, and what it leaves out, as some clients do. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
}

function asciiJson(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function inHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Three bytes become four characters, so the text looks different at each of three offsets. */
function base64Of(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const all = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const known = all.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    return [known, known.replaceAll('+', '-').replaceAll('/', '_')].map(
      (text) => `${EDGE}${escaped(text)}${EDGE}`,
    );
  });
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
