import { type Actor, mayAsk } from './who-may-ask.js';

const RULES = { allowedBotIds: [49699333], ownId: 777 };
const actor = (more: Partial<Actor> = {}): Actor => ({ id: 1, login: 'ann', type: 'User', ...more });

describe('who may ask the bot for something', () => {
  it.each(['admin', 'maintain', 'write'])('is a person with %s', (permission) => {
    expect(mayAsk(actor(), { permission, user: { id: 1 } }, RULES)).toEqual({ may: true });
  });

  it.each(['read', 'triage', 'none', '', 'WRITE', 'owner'])('is nobody with %j', (permission) => {
    expect(mayAsk(actor(), { permission }, RULES)).toEqual({
      may: false,
      reason: 'may not write to the repository',
    });
  });

  it.each<[string, Actor, string]>([
    ['a bot by its type', actor({ type: 'Bot' }), 'is a bot that is not allowed'],
    ['a bot by its name', actor({ login: 'helper[bot]' }), 'is a bot that is not allowed'],
    ['a bot by its name in capitals', actor({ login: 'helper[BOT]' }), 'is a bot that is not allowed'],
    [
      'a bot with the name of one that is allowed',
      actor({ login: 'dependabot[bot]', type: 'Bot' }),
      'is a bot that is not allowed',
    ],
    ['an organisation', actor({ type: 'Organization' }), 'is no person'],
    ['a mannequin', actor({ type: 'Mannequin' }), 'is no person'],
    ['what has no type', actor({ type: '' }), 'is no person'],
    ['the bot itself', actor({ id: 777 }), 'is this bot itself'],
    ['the bot itself as a bot', actor({ id: 777, type: 'Bot' }), 'is this bot itself'],
  ])('is not %s, whatever it may write', (_who, who, reason) => {
    expect(mayAsk(who, { permission: 'admin', user: { id: who.id } }, RULES)).toEqual({ may: false, reason });
  });

  it('is a bot whose number is in the list, and nobody else by it', () => {
    expect(mayAsk(actor({ id: 49699333, login: 'dependabot[bot]', type: 'Bot' }), null, RULES)).toEqual({
      may: true,
    });
    expect(mayAsk(actor({ id: 49699333 }), null, RULES)).toEqual({
      may: false,
      reason: 'may not write to the repository',
    });
  });

  it('is not the bot itself although its number is in the list', () => {
    const rules = { allowedBotIds: [777], ownId: 777 };
    expect(mayAsk(actor({ id: 777, type: 'Bot' }), null, rules)).toMatchObject({ may: false });
  });

  it('is nobody whom GitHub does not know there, or whose name is somebody else’s by now', () => {
    expect(mayAsk(actor(), null, RULES)).toMatchObject({ may: false });
    expect(mayAsk(actor(), { permission: 'admin', user: { id: 2 } }, RULES)).toEqual({
      may: false,
      reason: 'is somebody else now',
    });
  });
});
