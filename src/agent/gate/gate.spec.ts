import type { ChangedFile, Objection } from './departing.js';
import { gateObjections } from './gate.js';
import { KnownSecrets } from './known-secrets.js';

const OWN_SECRET = 'own-secret-0123456789abcdef';
const RULES = { excluded: ['vendor/**', '*.lock'], within: [], own: new KnownSecrets([OWN_SECRET]) };

const file = (path: string, more: Partial<ChangedFile> = {}): ChangedFile => ({
  path,
  modeBefore: null,
  modeAfter: '100644',
  after: Buffer.from('hello\n'),
  ...more,
});
const objections = (
  files: ChangedFile[],
  texts: Record<string, string> = {},
  rules: object = {},
): Objection[] => gateObjections({ files, texts }, { ...RULES, ...rules });
const kinds = (found: Objection[]): string[] => found.map(({ kind }) => kind);

describe('the gate', () => {
  it('has nothing against an ordinary change with its texts', () => {
    const files = [
      file('src/page.ts'),
      file('README.md', { modeBefore: '100644', before: Buffer.from('hi') }),
      file('old.ts', { modeBefore: '100644', modeAfter: null, before: Buffer.from('x') }),
      file('docs/ü ber.md'),
      file('.gitignore'),
      file('.github/ISSUE_TEMPLATE/bug.md'),
      file('src/git/hooks.ts'),
    ];
    const texts = { title: 'Load the page', body: 'Closes #7', 'commit message': 'Load the page' };
    expect(objections(files, texts)).toEqual([]);
  });

  describe('lets nobody change what runs by itself or decides who agrees', () => {
    it.each([
      '.github/workflows/ci.yml',
      '.GitHub/Workflows/ci.yml',
      '.github/actions/x/action.yml',
      '.github/dependabot.yml',
      '.git/config',
      '.git/hooks/pre-commit',
      'sub/.git/config',
      '.GIT/config',
      '.git./config',
      '.git /config',
      '.git::$INDEX_ALLOCATION/config',
      'git~1/config',
      '.ｇｉｔ/config',
      '.gitmodules',
      '.gitattributes',
      'sub/.gitattributes',
      'CODEOWNERS',
      '.github/CODEOWNERS',
      'docs/codeowners',
      '.husky/pre-commit',
      'vendor/a.js',
      'yarn.lock',
      'packages/a/poetry.lock',
    ])('%s', (path) => {
      expect(objections([file(path)])).toMatchObject([{ kind: 'path' }]);
    });

    it.each(['.github/workflows/ci.yml', 'CODEOWNERS'])('by deleting %s either', (path) => {
      const { after: _none, ...rest } = file(path, {
        modeBefore: '100644',
        modeAfter: null,
        before: Buffer.from('x'),
      });
      expect(kinds(objections([rest]))).toEqual(['path']);
    });
  });

  it.each([
    '/etc/passwd',
    'C:/windows',
    '../outside',
    'a/../../b',
    './a',
    'a//b',
    'a/',
    '',
    'a\\b',
    'a\nb',
    'a\u0000b',
    '.g\u200bit/config',
    'x\u202etxt.exe',
    'bad\ufffdname',
    `${'a'.repeat(256)}`,
    'a/'.repeat(2100) + 'a',
  ])('takes no name such as %j', (path) => {
    const found = objections([file(path)]);
    expect(kinds(found)).toEqual(['path']);
    expect(found[0]?.where).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('stays in the source directories where there are any', () => {
    const within = { within: ['src', './packages/a/'] };
    const where = ['src/x.ts', 'packages/a/y.ts', 'srcs/x.ts', 'src', 'packages/b/y.ts'];
    expect(
      objections(
        where.map((path) => file(path)),
        {},
        within,
      ).map((found) => found.where),
    ).toEqual(['"srcs/x.ts"', '"src"', '"packages/b/y.ts"']);
  });

  it.each([
    [null, '120000'],
    ['100644', '120000'],
    [null, '160000'],
    [null, '100755'],
    ['100644', '100755'],
    ['120000', '120000'],
    [null, '040000'],
    [null, '100664'],
  ])('lets no file of mode %s become one of mode %s', (modeBefore, modeAfter) => {
    expect(kinds(objections([file('a', { modeBefore, modeAfter })]))).toEqual(['mode']);
  });

  it.each([
    ['100755', '100755'],
    ['100755', '100644'],
    ['120000', null],
    ['160000', null],
  ])('lets one of mode %s become one of mode %s', (modeBefore, modeAfter) => {
    expect(objections([file('a', { modeBefore, modeAfter })])).toEqual([]);
  });

  describe('by size', () => {
    const limits = { limits: { files: 2, bytes: 100, lines: 5 } };
    it.each([
      ['too many files', [file('a'), file('b'), file('c')]],
      ['too many bytes', [file('a', { after: Buffer.alloc(101, 'x') })]],
      ['too many new lines', [file('a', { after: Buffer.from('1\n2\n3\n4\n5\n6') })]],
    ])('refuses %s', (_what, files) => {
      expect(kinds(objections(files, {}, limits))).toEqual(['size']);
    });

    it('does not count lines that were there', () => {
      const before = Buffer.from('1\n2\n3\n4\n5\n6\n7\n8');
      expect(objections([file('a', { modeBefore: '100644', before, after: before })], {}, limits)).toEqual(
        [],
      );
    });

    it('refuses texts that GitHub would refuse', () => {
      const texts = { title: 'x'.repeat(257), body: 'x'.repeat(65_537), comment: 'x'.repeat(65_536) };
      expect(objections([], texts).map(({ where }) => where)).toEqual(['title', 'body']);
    });
  });

  describe('by secrets', () => {
    // In two parts each, so that this file has none.
    const SHAPED: [string, string][] = [
      ['a GitHub token', `ghp${'_'}${'a1B2'.repeat(9)}`],
      ['a GitHub token', `github${'_pat_'}${'a1B2'.repeat(10)}`],
      ['an Anthropic key', `sk-${'ant-'}api03-${'a1B2'.repeat(10)}`],
      ['an AWS key', `AKIA${'ABCDEFGH12345678'}`],
      ['a Slack token', `xox${'b-'}1234567890-abcdefghij`],
      ['a Google key', `AIza${'a1B2c'.repeat(7)}`],
      ['a GitLab token', `glpat${'-'}${'a1B2'.repeat(5)}`],
      ['an npm token', `npm${'_'}${'a1B2'.repeat(9)}`],
      ['a Stripe key', `sk${'_live_'}${'a1B2'.repeat(6)}`],
      ['a Clankerbot key', `cbk${'_'}${'a1B2'.repeat(6)}`],
      ['a JWT', `eyJ${'hbGciOiJIUzI1'}.eyJ${'zdWIiOiIxMjM0'}.${'a1B2c3D4'.repeat(4)}`],
      ['a private key', `-----BEGIN RSA ${'PRIVATE KEY'}-----`],
    ];

    it.each(SHAPED)('recognises %s by its looks', (name, secret) => {
      const found = objections([file('a', { after: Buffer.from(`token = "${secret}"`) })], {
        comment: secret,
      });
      expect(found.map(({ reason }) => reason)).toEqual([
        `has what looks like ${name}`,
        `has what looks like ${name}`,
      ]);
      expect(JSON.stringify(found)).not.toContain(secret);
    });

    it.each(SHAPED)('has nothing against %s that was there before', (_name, secret) => {
      const before = Buffer.from(`token = "${secret}"`);
      const after = Buffer.from(`// An example.\ntoken = "${secret}"`);
      expect(objections([file('a', { modeBefore: '100644', before, after })])).toEqual([]);
    });

    it('has everything against our own, wherever it stands, and does not repeat it', () => {
      const wide = Buffer.from(OWN_SECRET, 'utf16le');
      const found = objections(
        [
          file('a', {
            modeBefore: '100644',
            before: Buffer.from(OWN_SECRET),
            after: Buffer.from(OWN_SECRET),
          }),
          file('b', { after: wide }),
          file('c', { after: Buffer.concat([Buffer.from([0, 1, 2, 255]), Buffer.from(OWN_SECRET)]) }),
          file(`d/${OWN_SECRET}.md`),
        ],
        {
          title: OWN_SECRET,
          body: `x ${Buffer.from(OWN_SECRET).toString('base64')}`,
          'commit message': OWN_SECRET.split('').join('\n'),
          comment: encodeURIComponent(OWN_SECRET),
          branch: `clankerbot/${OWN_SECRET}`,
        },
      );
      expect(found.map(({ where }) => where)).toEqual([
        '"a"',
        '"b"',
        '"c"',
        'the name of a file',
        'title',
        'body',
        'commit message',
        'comment',
        'branch',
      ]);
      expect(JSON.stringify(found)).not.toContain(OWN_SECRET);
    });
  });
});
