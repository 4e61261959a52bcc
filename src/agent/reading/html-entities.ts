const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  copy: '©',
  times: '×',
  Tab: ' ',
  NewLine: ' ',
  zwj: '',
  zwnj: '',
  lrm: '',
  rlm: '',
  shy: '',
  ZeroWidthSpace: '',
  NoBreak: '',
};

const ENTITY = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([A-Za-z]{2,14}));/gi;

/** What a reader sees in place of `&lt;` or `&#60;`. A name that is not known stays as it stands. */
export function withoutEntities(text: string): string {
  return text.replace(ENTITY, (all: string, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? all;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}
