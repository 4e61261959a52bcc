/** A date and time as Clockify wants it: UTC, whole seconds, `yyyy-MM-ddThh:mm:ssZ`. Other text stays as it is. */
export function toVendorDate(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  return `${date.toISOString().slice(0, 19)}Z`;
}
