import { TimeZone } from '../../clock/time-zone.js';
import type { ExecutionContext } from '../../integrations/integration.js';
import type { Said } from './model-params.js';
import type { Candidate } from './operation-candidates.js';
import { readSaidTime } from '../said/said-time.js';
import { timeFieldsOf } from '../time-fields.js';

/** The account's zone could not be asked, and without it nobody knows which day is meant. */
export class ZoneUnknownError extends Error {
  constructor(integration: string, cause: unknown) {
    super(`the time zone of the account could not be asked of ${integration}`, { cause });
  }
}

/**
 * What is said, where it is said: in the zone that the request names, else in the account's own. The account is asked only
 * if the operation takes times and the text has some.
 */
export async function saidInAccount(
  { integration, operation }: Candidate,
  { said, isZoneAssumed, context }: { said: Said; isZoneAssumed: boolean; context: ExecutionContext },
): Promise<Said> {
  if (!integration.accountZone || !timeFieldsOf(operation)) return said;
  const { kinds, durationMs } = readSaidTime(said.text, said.here);
  if (kinds === 0 && durationMs === undefined) return said;
  const accountZone = await integration.accountZone(context).catch((cause: unknown) => {
    throw new ZoneUnknownError(integration.name, cause);
  });
  if (accountZone === undefined || !TimeZone.find(accountZone)) return said;
  const timeZone = isZoneAssumed ? accountZone : said.here.timeZone;
  return { ...said, here: { ...said.here, timeZone }, accountZone };
}
