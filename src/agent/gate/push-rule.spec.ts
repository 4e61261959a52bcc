import fc from 'fast-check';
import { cases } from '../../../test/support/properties.js';
import { judgePush, OWN_BRANCH, type Push } from './push-rule.js';

const OURS = 'clankerbot/issue-7-0123abcd';
const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const push = (more: Partial<Push> = {}): Push => ({
  branch: OURS,
  ownBranch: OURS,
  defaultBranch: 'main',
  isProtected: false,
  remoteSha: null,
  lastOwnSha: null,
  newSha: B,
  isForward: false,
  ...more,
});

describe('a push', () => {
  it.each([
    ['makes a branch that is not there', push(), { do: 'push', expected: null }],
    ['moves ours on', push({ remoteSha: A, lastOwnSha: A, isForward: true }), { do: 'push', expected: A }],
    [
      'keeps what others added',
      push({ remoteSha: A, lastOwnSha: B, isForward: true }),
      { do: 'push', expected: A },
    ],
    ['that has happened does not happen again', push({ remoteSha: B, lastOwnSha: null }), { do: 'nothing' }],
    ['goes on after the branch was deleted', push({ lastOwnSha: A }), { do: 'push', expected: null }],
  ])('%s', (_what, given, verdict) => {
    expect(judgePush(given)).toEqual(verdict);
  });

  it.each([
    ['is the default branch', push({ branch: 'main', ownBranch: 'main' })],
    ['is the default branch', push({ branch: 'MAIN', ownBranch: 'MAIN' })],
    ['is the default branch', push({ defaultBranch: OURS })],
    ['is protected', push({ isProtected: true })],
    ['is no branch of ours', push({ branch: 'release', ownBranch: 'release' })],
    ['is the branch of another task', push({ branch: 'clankerbot/issue-7-ffffffff' })],
    ['would lose commits of others', push({ remoteSha: A })],
    ['would lose commits of others', push({ remoteSha: A, lastOwnSha: 'c'.repeat(40) })],
    ['would lose commits of ours', push({ remoteSha: A, lastOwnSha: A })],
  ])('is refused where it %s', (reason, given) => {
    expect(judgePush(given)).toMatchObject({ objection: { kind: 'branch', reason } });
  });

  it.each(['clankerbot/issue-7-0123abcd', 'clankerbot/pull-12345-ffffffff'])('goes to %s', (branch) => {
    expect(OWN_BRANCH.test(branch)).toBe(true);
  });

  it.each([
    'clankerbot/issue-7-0123abcd\n',
    'clankerbot/issue-07-0123abcd',
    'clankerbot/issue-7-0123ABCD',
    'x/clankerbot/issue-7-0123abcd',
    'clankerbot/issue-7-0123abcd/x',
    'clankerbot/../main',
    '--force',
    'refs/heads/clankerbot/issue-7-0123abcd',
  ])('never goes to %j', (branch) => {
    expect(judgePush(push({ branch, ownBranch: branch }))).toHaveProperty('objection');
  });

  it('never loses a commit and never goes anywhere but to its branch, whatever is the case', () => {
    const sha = fc.constantFrom(A, B, 'c'.repeat(40));
    const any = fc.record<Push>({
      branch: fc.constantFrom(OURS, 'main', 'clankerbot/issue-7-ffffffff'),
      ownBranch: fc.constantFrom(OURS, 'main'),
      defaultBranch: fc.constantFrom('main', OURS),
      isProtected: fc.boolean(),
      remoteSha: fc.option(sha),
      lastOwnSha: fc.option(sha),
      newSha: sha,
      isForward: fc.boolean(),
    });
    fc.assert(
      fc.property(any, (given) => {
        const verdict = judgePush(given);
        const isPush = 'do' in verdict && verdict.do === 'push';
        const isSafe =
          given.branch === OURS &&
          given.ownBranch === OURS &&
          given.defaultBranch !== OURS &&
          !given.isProtected &&
          (given.remoteSha === null || given.isForward);
        expect(isPush && !isSafe).toBe(false);
        expect(isPush ? (verdict as { expected: unknown }).expected : given.remoteSha).toBe(given.remoteSha);
      }),
      cases(500),
    );
  });
});
