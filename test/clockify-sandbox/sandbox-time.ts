/** The vendor's format: UTC, whole seconds. */
export function vendorDate(date: Date | string | number): string {
  return new Date(date).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `PT1H30M`; zero is `PT0S`. */
export function isoDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds === 0) return 'PT0S';
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return `PT${h ? `${h}H` : ''}${m ? `${m}M` : ''}${s ? `${s}S` : ''}`;
}

/**
 * What the core host makes of a window's edge: the time is read off its clock face and taken as local time of the
 * account, whatever offset it was written with.
 */
export function asWallClock(text: string, timeZone: string): number {
  const utcMs = Date.parse(text);
  return utcMs - offsetMs(utcMs, timeZone);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetMs(utcMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  const name = format.formatToParts(utcMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
