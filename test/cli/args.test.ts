import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../cli/args.ts';
import { commandDefinitions } from '../../core/settings/commands.ts';

function parsed(line: string) {
  const request = parseArguments(line === '' ? [] : line.split(' '));
  if (request.kind !== 'run') return request;
  return { command: request.command.name, inputs: Object.fromEntries(request.inputs), stdin: request.stdin };
}

describe('what is asked for', () => {
  test.each([
    ['check', 'check', {}],
    ['check web', 'check', { path: 'web' }],
    ['detect --format json web', 'detect', { path: 'web', format: 'json' }],
    ['refresh --image acme/web --image db=acme/db', 'refresh', { image: 'acme/web\ndb=acme/db' }],
    ['refresh --platform=linux/amd64 --platform linux/arm64', 'refresh', { platform: 'linux/amd64\nlinux/arm64' }],
    ['refresh --build-arg A=b=c', 'refresh', { 'build-arg': 'A=b=c' }],
    ['refresh --only-fixable --no-new-only', 'refresh', { 'only-fixable': 'true', 'new-only': 'false' }],
    ['refresh --only-fixable=false', 'refresh', { 'only-fixable': 'false' }],
    ['refresh --engine buildx --engine rebase', 'refresh', { engine: 'rebase' }],
    ['refresh --tags=-x', 'refresh', { tags: '-x' }],
    ['scan a b:1 --image c', 'scan', { image: 'a\nb:1\nc' }],
    ['report a.json b.json --format md', 'report', { path: 'a.json\nb.json', format: 'md' }],
    ['check -- --odd', 'check', { path: '--odd' }],
    ['demo', 'demo', {}],
    ['plan --matrix azure', 'plan', { matrix: 'azure' }],
  ])('%s', (line, command, inputs) => {
    expect(parsed(line)).toEqual({ command, inputs, stdin: null });
  });

  test('every global option of the contract is accepted by every command', () => {
    const options =
      '--config c --format json --output-dir o --platform linux/amd64 --build-arg K=V --target T --file F --dry-run --concurrency 2 --insecure-registry h --verbose';
    for (const command of ['detect', 'check', 'plan', 'refresh', 'scan x', 'report x', 'demo']) {
      expect(parsed(`${command} ${options}`)).toMatchObject({ inputs: { concurrency: '2', 'dry-run': 'true' } });
    }
  });

  test('a secret from standard input', () => {
    expect(parsed('check --registry-password-stdin')).toMatchObject({ inputs: {}, stdin: 'registry-password' });
  });

  test.each([
    ['--help', null, 'full'],
    ['-h', null, 'short'],
    ['help', null, 'full'],
    ['help check', 'check', 'full'],
    ['check --help', 'check', 'full'],
    ['--help refresh', 'refresh', 'full'],
    ['check --nonsense -h', 'check', 'short'],
    ['completion --help', null, 'full'],
  ])('%s', (line, command, extent) => {
    const expected = command === null ? null : expect.objectContaining({ name: command });
    expect(parsed(line)).toEqual({ kind: 'help', command: expected, extent, isAsked: true });
  });

  test('nothing at all', () => {
    expect(parsed('')).toEqual({ kind: 'help', command: null, extent: 'short', isAsked: false });
  });

  test.each(['bash', 'zsh', 'fish', 'powershell'])('completion %s', (shell) => {
    expect(parsed(`completion ${shell}`)).toEqual({ kind: 'completion', shell });
  });

  test('--version', () => expect(parsed('--version')).toEqual({ kind: 'version' }));
});

describe('what is refused', () => {
  test.each([
    ['chek', 'base-image-refresh: "chek" is not a command; the nearest valid command is check.'],
    ['chekc', 'base-image-refresh: "chekc" is not a command; the nearest valid command is check.'],
    ['--versoin', 'base-image-refresh: --versoin is not an option; the nearest valid option is --version.'],
    [
      '--verbose',
      `base-image-refresh: no command was given; give one of ${commandDefinitions.map(({ name }) => name).join(', ')}.`,
    ],
    ['check --plaform x', 'check: --plaform is not an option; the nearest valid option is --platform.'],
    [
      'refresh --severity high',
      'refresh: --severity is not an option; the nearest valid option is --severity-threshold.',
    ],
    ['check -x', 'check: -x is not an option; base-image-refresh check --help lists them.'],
    ['frobnicate', 'base-image-refresh: "frobnicate" is not a command; base-image-refresh --help lists them.'],
    ['completion', 'completion: the shell is missing; write base-image-refresh completion bash|zsh|fish|powershell.'],
    [
      'completion tcsh',
      'completion: "tcsh" is not a shell that it knows; write base-image-refresh completion bash|zsh|fish|powershell.',
    ],
    ['detect --engine auto', 'detect: --engine is not an option of this command; use it with plan, refresh or doctor.'],
    ['check --platform', '--platform: the value is missing; write --platform OS/ARCH.'],
    ['check --platform --verbose', '--platform: the value is missing; write --platform OS/ARCH.'],
    ['check --tags=', '--tags: the value is missing; write --tags TAG.'],
    ['check --no-platform', 'check: --no-platform is not an option; the nearest valid option is --platform.'],
    ['check --no-dry-run=1', 'check: --no-dry-run is not an option; the nearest valid option is --dry-run.'],
    ['plan a b', 'plan: "b" is one argument too many; it takes one path.'],
    ['demo a', 'demo: "a" is one argument too many; it takes none.'],
    [
      'check --registry-password hunter22',
      '--registry-password: secrets are not taken as arguments; set BASE_IMAGE_REFRESH_REGISTRY_PASSWORD or use --registry-password-stdin.',
    ],
    [
      'check --registry-password-stdin --registry-credentials-stdin',
      '--registry-credentials-stdin: another option reads standard input already; keep one of the two.',
    ],
  ])('%s', (line, message) => {
    expect(() => parsed(line)).toThrow(
      expect.objectContaining({ message, failure: expect.objectContaining({ code: 'usage' }) }),
    );
  });
});
