import { describe, expect, it } from 'vitest';
import { startProcessorClock } from '../support/processor-time.ts';
import { rows } from './dockerfile-edits.ts';
import { edit, host, node, repositoryOf } from './edit-support.ts';

describe('an edit of a Dockerfile', () => {
  it.each(rows.map((row) => ({ row, name: row[0] })))('$name', async ({ row: [, before, moves, after, uses] }) => {
    expect(await edit(repositoryOf(before), moves)).toEqual({ text: after, uses });
  });

  it('is of the ARG default only where the build gives no other', async () => {
    const text = 'ARG V=20\nFROM node:$V\n';
    const repository = repositoryOf(text, [{}, { name: 'old', args: { V: '18' } }]);
    expect(await edit(repository, node)).toEqual({ text: 'ARG V=22\nFROM node:$V\n', uses: ['1 ARG V'] });
    const stated = repositoryOf(text, [{ args: { V: '18' }, provenance: { args: 'compose.yaml services.web' } }]);
    expect(await edit(stated, { 'node:18': 'node:20' })).toEqual({
      text,
      uses: ['line 2 takes V from compose.yaml services.web, which cannot be edited safely'],
    });
    expect((await edit(repositoryOf(text, [{ args: { V: '18' } }]), { 'node:18': 'node:20' })).uses).toEqual([
      'line 2 takes V from the build arguments of this run, which cannot be edited safely',
    ]);
  });

  it('is made once for all platforms and builds of the file', async () => {
    const platforms = [host, { os: 'linux', architecture: 'arm64' }];
    const repository = repositoryOf('FROM node:20\n', [{ platforms }, { name: 'b' }]);
    expect(await edit(repository, node)).toEqual({ text: 'FROM node:22\n', uses: ['1', '1', '1'] });
  });

  it('leaves a name alone that a build context replaces', async () => {
    const repository = repositoryOf('FROM base\n', [{ contexts: { base: 'docker-image://node:20' } }]);
    expect(await edit(repository, node)).toEqual({
      text: 'FROM base\n',
      uses: ['line 1 is not written there in one piece'],
    });
  });
});

describe('a chain of ARGs', () => {
  const chain = (length: number, first: string) => {
    const links = Array.from({ length: length - 1 }, (_, at) => `ARG A${at + 1}=$A${at}\n`);
    return `ARG A0=${first}\n${links.join('')}FROM node:$A${length - 1}\n`;
  };

  it('is followed ten links deep and no further', async () => {
    expect(await edit(repositoryOf(chain(10, '20')), node)).toEqual({ text: chain(10, '22'), uses: ['1 ARG A0'] });
    expect((await edit(repositoryOf(chain(11, '20')), node)).uses).toEqual([
      'line 12 is not written there in one piece',
    ]);
  });
});

describe('a line of many variables', () => {
  it('takes no longer than one of few', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `A${at}`);
    const text = `${names.map((name) => `ARG ${name}=1\n`).join('')}FROM node:${names.map((name) => `\${${name}}`).join('')}\n`;
    const spent = startProcessorClock();
    const edited = await edit(repositoryOf(text), { [`node:${'1'.repeat(60)}`]: `node:${'2'.repeat(90)}` });
    expect(edited.uses).toEqual(['line 61 is not written there in one piece']);
    expect(spent()).toBeLessThan(2_000);
  });
});
