/** Who did something at GitHub, as a delivery or an event names them. */
export interface Actor {
  id: number;
  login: string;
  /** `User`, `Bot`, `Organization`, … */
  type: string;
}

export interface AskingRules {
  /** Numeric ids of bots that may: a name can be had by anybody. */
  allowedBotIds: readonly number[];
  /** Our own, where it is known: what we write asks nothing of us. */
  ownId?: number;
}

/** What GitHub says that somebody may do in a repository. */
export interface Permission {
  /** `admin`, `write`, `read` or `none`; maintainers have `write`. */
  permission: string;
  user?: { id: number } | null;
}

export type MayAsk = { may: true } | { may: false; reason: string };

const MAY_WRITE = new Set(['admin', 'maintain', 'write']);

/** Whether somebody may have the bot work. `permission` is null where GitHub knows no such person in the repository. */
export function mayAsk(actor: Actor, permission: Permission | null, rules: AskingRules): MayAsk {
  const reason = isBot(actor) ? whyNotBot(actor, rules) : whyNotPerson(actor, permission, rules);
  return reason === undefined ? { may: true } : { may: false, reason };
}

/** Both are asked: an account can call itself anything, and a type can be missing. */
function isBot({ type, login }: Actor): boolean {
  return type !== 'User' || login.toLowerCase().endsWith('[bot]');
}

function whyNotBot({ id, type }: Actor, { allowedBotIds, ownId }: AskingRules): string | undefined {
  if (id === ownId) return 'is this bot itself';
  if (type !== 'Bot' && type !== 'User') return 'is no person';
  return allowedBotIds.includes(id) ? undefined : 'is a bot that is not allowed';
}

function whyNotPerson(
  { id }: Actor,
  permission: Permission | null,
  { ownId }: AskingRules,
): string | undefined {
  if (id === ownId) return 'is this bot itself';
  if (permission === null || !MAY_WRITE.has(permission.permission)) return 'may not write to the repository';
  // A login may have passed to somebody else between the event and the question.
  return permission.user?.id === undefined || permission.user.id === id ? undefined : 'is somebody else now';
}
