import { TimeZone } from '../../clock/time-zone.js';
import { RuleMistake } from './rule-mistake.js';

/** "+02:00" is understood by `Intl` too, but it has no daylight saving: not what anybody means by a schedule's zone. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+\-/]{1,63}$/;

export function scheduleZone(name: string, path = 'timeZone'): TimeZone {
  const zone = ZONE_NAME.test(name) ? TimeZone.find(name) : undefined;
  if (zone) return zone;
  throw new RuleMistake(path, 'is not a zone of the IANA list, such as Europe/Berlin or UTC');
}
